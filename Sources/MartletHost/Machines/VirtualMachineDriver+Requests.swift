import Logging
import MartletLinux
import MartletModel
import MartletQEMU
import MartletStore

/// What people ask of a machine. Each request is accepted or refused here and nowhere else.
extension VirtualMachineDriver {
    func start(paused: Bool, revision: Int64?, by principal: Principal) async throws(MartletError) -> Operation {
        try check(revision: revision)
        let before = life
        try require(turn { $0.startRequested() })
        return try await begin(
            VirtualMachineOperations.startKind,
            "start \(configuration.name)",
            VirtualMachineOperations.Start(machine: id, paused: paused),
            by: principal,
            otherwise: before
        )
    }

    func stop(
        turnOff: Bool, timeout: Duration, revision: Int64?, by principal: Principal
    ) async throws(MartletError) -> Operation {
        try check(revision: revision)
        let before = life
        try require(turn { $0.stopRequested(turnOff: turnOff) })
        return try await begin(
            VirtualMachineOperations.stopKind,
            "\(turnOff ? "turn off" : "stop") \(configuration.name)",
            VirtualMachineOperations.Stop(machine: id, turnOff: turnOff, timeoutInSeconds: timeout.components.seconds),
            by: principal,
            otherwise: before
        )
    }

    func delete(withDisks: Bool, revision: Int64?, by principal: Principal) async throws(MartletError) -> Operation {
        try check(revision: revision)
        let before = life
        try require(turn { $0.deleteRequested() })
        let input: VirtualMachineOperations.Delete
        do {
            input = try tools.disks.planDeletion(of: configuration, withDisks: withDisks)
        } catch {
            turn { $0 = before }
            throw error
        }
        return try await begin(
            VirtualMachineOperations.deleteKind, "delete \(configuration.name)", input, by: principal, otherwise: before
        )
    }

    func pause(revision: Int64?) async throws(MartletError) -> VirtualMachine {
        try check(revision: revision)
        try require(life.pauseRequested())
        try await tell(Stop())
        turn { $0.executionChanged(.paused) }
        return machine
    }

    func resume(revision: Int64?) async throws(MartletError) -> VirtualMachine {
        try check(revision: revision)
        try require(life.resumeRequested())
        try await tell(Cont())
        turn { $0.executionChanged(.running) }
        return machine
    }

    func reset(revision: Int64?) async throws(MartletError) -> VirtualMachine {
        try check(revision: revision)
        try require(life.resetRequested())
        try await tell(SystemReset())
        return machine
    }

    /// Changes what is wanted of the machine.
    func update(_ request: UpdateVirtualMachineRequest, revision: Int64) async throws(MartletError) -> VirtualMachine {
        try check(revision: revision)
        let changed = try request.settings.applied(to: configuration)
        try require(life.updateRequested(needsOff: configuration.changesThatNeedOff(in: changed)))
        try await applyWatchdogAction(of: changed)
        return try await keep(changed)
    }

    /// Stores what is wanted of the machine from now on.
    ///
    /// - Throws: `conflict` when it was changed meanwhile; `storeFailed`.
    func keep(_ changed: VirtualMachineConfiguration) async throws(MartletError) -> VirtualMachine {
        let new = try await tools.store.put(changed, expecting: .revision(revision))
        replaceConfiguration(changed, revision: new)
        do {
            try Sidecar.write(changed, layout: tools.layout)
        } catch {
            // The store has the change; the copy beside the files is older until the next one.
            tools.logger.error(
                "a machine's copy beside its files is out of date",
                metadata: ["vm": "\(changed.name)", "error": "\(error)"])
        }
        return machine
    }

    private func begin(
        _ kind: Operation.Kind, _ title: String, _ input: some Codable & Sendable, by principal: Principal,
        otherwise before: VirtualMachineLife
    ) async throws(MartletError) -> Operation {
        do {
            return try await tools.operations.begin(kind, title: title, subject: "\(id)", input: input, by: principal)
        } catch {
            turn { $0 = before }
            throw error
        }
    }

    private func tell(_ command: some QMPCommand) async throws(MartletError) {
        _ = try await requireQMP().execute(command)
    }
}
