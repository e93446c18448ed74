import Logging
import MartletLinux
import MartletModel
import MartletQEMU
import MartletStore

/// What the steps of operations do to a machine. Each may be done twice.
extension VirtualMachineDriver {
    /// Promises the machine its memory and its disks, and forgets why it failed before.
    func reserve() async throws(MartletError) {
        await settled()
        try await forgetStartedMemory()
        for id in configuration.diskIDs { try await tools.disks.requireUsable(tools.disks.find("\(id)")) }
        try tools.disks.requireIdle(configuration.diskIDs)
        try await tools.claims.claim(configuration)
        try await tools.store.transaction(
            [.delete(MachineFailure.self, id: id.description)], durability: .processCrash
        )
    }

    func plug() async throws(MartletError) { try await tools.switches.plug(configuration) }

    /// Connects to the QEMU that was started, and checks that it is what was asked for.
    func checkLaunch(isRestored: Bool = false) async throws(MartletError) {
        try await connect()
        var specification = try specification()
        specification.isRestored = isRestored
        try await requireQMP().inspect(expecting: specification)
    }

    /// Lets the guest go, unless it is to stay paused. A saved state that it doesn't go on from is gone before.
    func run(paused: Bool) async throws {
        try await setInitialMemory()
        try savedState.remove()
        savedStateSize = nil
        await wantRunning(true)
        if !paused { _ = try await requireQMP().execute(Cont()) }
        turn { $0.started(paused ? .paused : .running) }
    }

    /// Asks the guest to power off and waits until it has, or ends QEMU without asking.
    ///
    /// - Throws: `timedOut` when the guest hasn't obeyed in time.
    func shutDown(turnOff: Bool, timeout: Duration, context: OperationContext) async throws {
        guard let identity = process, identity.isAlive else { return }
        if turnOff { return try await pullPlug(identity) }
        try await askGuest(identity, timeout: timeout, context: context)
    }

    /// Takes down what the machine held. That something stays behind is no reason to keep it from starting.
    ///
    /// - Parameter isWanted: whether it is to run again when its host comes up again.
    func release(isWanted: Bool = false) async throws(MartletError) {
        await wantRunning(isWanted)
        try await cleanUp()
    }

    /// The integration services are asked first. The power button is pressed in any case, and again now and then: a guest that
    /// is still booting misses it, and one that is going down doesn't mind.
    private func askGuest(_ identity: ProcessIdentity, timeout: Duration, context: OperationContext) async throws {
        let pressEvery: Duration = .seconds(5)
        var waited: Duration = .zero
        _ = await askServicesToShutDown()
        while waited < timeout {
            try Task.checkCancellation()
            if let qmp = try? requireQMP() { _ = try? await qmp.execute(SystemPowerdown()) }
            let pause = min(pressEvery, timeout - waited)
            if await exit(of: identity, within: pause) != nil { return }
            waited += pause
            await context.progress(waited / timeout)
        }
        throw MartletError(
            .timedOut,
            "the guest of '\(configuration.name)' did not shut down within \(timeout.components.seconds) s; give it longer with "
                + "--timeout, or pull the plug with `martlet vm stop --turn-off`"
        )
    }

    /// QEMU ends by itself if it can, so that its disks are closed well; else it is killed.
    func pullPlug(_ identity: ProcessIdentity) async throws {
        if let qmp = try? requireQMP() {
            _ = try? await qmp.execute(Quit(), timeout: .seconds(2))
            if await exit(of: identity, within: .seconds(5)) != nil { return }
        }
        try await kill()
    }

    /// An earlier daemon's QEMU of this machine was found: take it, and reach it if it can be reached.
    func adopt(_ identity: ProcessIdentity) async {
        hold(identity)
        do {
            try await connect(timeout: .seconds(10))
            let execution = try await queryExecution()
            // A guest that runs has changed its disks since any state of it was written.
            if execution == .running { try savedState.remove() }
            turn { $0.adopted(execution) }
            await findReleasedDisks()
            await adoptTPM()
        } catch {
            let message = "QEMU runs as process \(identity.processID) and does not answer: \(error)"
            turn { $0.contactLost(Failure(code: "unavailable", message: message)) }
            Task { await self.regainContact(identity) }
        }
    }

    /// There is no QEMU, and an earlier daemon left what it held: take that down and say that it ended unseen.
    func settleUnseenEnd() async {
        await cleanUpOrLog()
        if savedState.exists { return }
        let message = "it ended while martletd was not running; how is not known"
        turn { $0 = VirtualMachineLife(.off(cause: Failure(code: "unknown", message: message))) }
    }
}
