import Logging
import MartletLinux
import MartletModel
import MartletQEMU

/// What people ask of a machine. Each request is accepted or refused here and nowhere else.
extension VirtualMachineDriver {
    /// - Parameter discardingState: whether a saved machine starts anew rather than where it was.
    func start(
        paused: Bool, discardingState: Bool = false, revision: Int64?, by principal: Principal
    ) async throws(MartletError) -> Operation {
        try check(revision: revision)
        try requireNoAdapterWork()
        try requireNoLayerWork()
        try tools.gate.check()
        let before = life
        try require(turn { $0.startRequested(discardingState: discardingState) })
        takenInHand(by: principal)
        let isRestored = life.state == .restoring
        return try await begin(
            isRestored ? VirtualMachineOperations.restoreKind : VirtualMachineOperations.startKind,
            "\(isRestored ? "restore" : "start") \(configuration.name)",
            VirtualMachineOperations.Start(machine: id, paused: paused || (isRestored && savedState.isPaused)),
            by: principal,
            otherwise: before
        )
    }

    /// - Parameter byHost: whether the host goes down, rather than that somebody wants the machine stopped.
    func stop(
        turnOff: Bool, timeout: Duration, byHost: Bool = false, revision: Int64?, by principal: Principal
    ) async throws(MartletError) -> Operation {
        try check(revision: revision)
        try requireNoLayerWork(mayMerge: true)
        // A start that is only waited for has nothing to stop, and is called off.
        let wasWaiting = restarts.waiting != nil
        takenInHand(by: principal)
        if wasWaiting, !byHost, !isAlive { await wantRunning(false) }
        let before = life
        try require(turn { $0.stopRequested(turnOff: turnOff) })
        return try await begin(
            VirtualMachineOperations.stopKind,
            "\(turnOff ? "turn off" : "stop") \(configuration.name)",
            VirtualMachineOperations.Stop(
                machine: id, turnOff: turnOff, timeoutInSeconds: timeout.components.seconds, byHost: byHost),
            by: principal,
            otherwise: before
        )
    }

    func restart(
        turnOff: Bool, timeout: Duration, revision: Int64?, by principal: Principal
    ) async throws(MartletError) -> Operation {
        try check(revision: revision)
        try requireNoLayerWork()
        try tools.gate.check()
        let before = life
        try require(turn { $0.restartRequested(turnOff: turnOff) })
        takenInHand(by: principal)
        return try await begin(
            VirtualMachineOperations.restartKind,
            "restart \(configuration.name)",
            VirtualMachineOperations.Restart(
                machine: id, turnOff: turnOff, timeoutInSeconds: timeout.components.seconds),
            by: principal,
            otherwise: before
        )
    }

    func save(byHost: Bool = false, revision: Int64?, by principal: Principal) async throws(MartletError) -> Operation {
        try check(revision: revision)
        try requireNoLayerWork()
        let before = life
        try require(turn { $0.saveRequested() })
        takenInHand(by: principal)
        return try await begin(
            VirtualMachineOperations.saveKind,
            "save \(configuration.name)",
            VirtualMachineOperations.Save(machine: id, paused: before.state == .live(.paused), byHost: byHost),
            by: principal,
            otherwise: before
        )
    }

    func discard(revision: Int64?, by principal: Principal) async throws(MartletError) -> Operation {
        try check(revision: revision)
        try requireNoLayerWork()
        let before = life
        try require(turn { $0.discardRequested() })
        return try await begin(
            VirtualMachineOperations.discardKind,
            "discard the saved state of \(configuration.name)",
            VirtualMachineOperations.Discard(machine: id),
            by: principal,
            otherwise: before
        )
    }

    func delete(withDisks: Bool, revision: Int64?, by principal: Principal) async throws(MartletError) -> Operation {
        try check(revision: revision)
        try requireNoAdapterWork()
        try requireNoLayerWork()
        guard withDisks || !tools.checkpoints.has(id) else {
            throw MartletError(
                .wrongState,
                "'\(configuration.name)' has checkpoints, which its disks can't be kept without; delete its disks too with --disks, or the checkpoints first"
            )
        }
        let before = life
        try require(turn { $0.deleteRequested() })
        takenInHand(by: principal)
        var input: VirtualMachineOperations.Delete
        do {
            input = try tools.disks.planDeletion(of: configuration, withDisks: withDisks)
            if tools.checkpoints.has(id) { input.checkpoints = tools.checkpoints.tree(of: id).checkpoints }
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
        try requireNoLayerWork(mayMerge: true)
        try require(life.pauseRequested())
        try await tell(Stop())
        turn { $0.executionChanged(.paused) }
        return machine
    }

    func resume(revision: Int64?) async throws(MartletError) -> VirtualMachine {
        try check(revision: revision)
        try requireNoLayerWork(mayMerge: true)
        try require(life.resumeRequested())
        // A guest that runs changes its disks: no state of it may be restored after that.
        try savedState.remove()
        try await goOn()
        return machine
    }

    func reset(revision: Int64?) async throws(MartletError) -> VirtualMachine {
        try check(revision: revision)
        try requireNoLayerWork(mayMerge: true)
        try require(life.resetRequested())
        try await tell(SystemReset())
        return machine
    }

    /// Changes what is wanted of the machine.
    ///
    /// - Throws: `preconditionFailed` when somebody changed it since the requester looked, also while this went on; `wrongState`,
    ///   `invalidArgument`; `insufficientMemory`, `insufficientProcessors`, `unavailable`, `qemuFailed` where it runs; `storeFailed`.
    func update(_ request: UpdateVirtualMachineRequest, revision: Int64) async throws(MartletError) -> VirtualMachine {
        try check(revision: revision)
        let before = configuration
        var changed = try request.settings.applied(to: before)
        if let name = request.name { changed.name = try ResourceName(name).description }
        let needsOff = before.changesThatNeedOff(in: changed)
        try require(life.updateRequested(needsOff: needsOff))
        // What was saved of a guest goes on with the memory that it had.
        let hasGuest = isAlive || [.saving, .saved].contains(life.published)
        changed = hasGuest ? changed.keepingGuestMemory(of: before) : changed.withoutGuestMemory
        try await promise(changed, inPlaceOf: before)
        do {
            try await apply(changed.watchdogAction, inPlaceOf: before.watchdogAction)
            // Somebody may have changed or started it while QEMU and the host's promises were asked.
            try check(revision: revision)
            try require(life.updateRequested(needsOff: needsOff))
            try await keep(changed)
        } catch {
            await takeBack(changed, inPlaceOf: before)
            await takeBack(changed.watchdogAction, unless: configuration.watchdogAction)
            throw error
        }
        if !RestartBackoff.restarts(.panicked, changed.restartPolicy) { restarts.waiting?.cancel() }
        await guest?.set(disabled: Set(changed.disabledServices), values: changed.guestValues)
        var answer = machine
        answer.messages = await applyResources(changedFrom: before)
        return answer
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
