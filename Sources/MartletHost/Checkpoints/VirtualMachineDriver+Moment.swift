import Logging
import MartletLinux
import MartletModel
import MartletQEMU
import MartletStore

/// The moment of a checkpoint: memory, devices and disks at one point. Each step may be done twice.
extension VirtualMachineDriver {
    /// Takes all that a checkpoint holds, and writes its document beside it: that it is there is what says that the moment was taken.
    ///
    /// - Throws: `unavailable` when an earlier daemon ended in the middle of it; `unsupported` where the guest can't do what is asked for;
    ///   `insufficientSpace`, `qemuFailed`.
    func takeMoment(_ input: CheckpointOperations.Create, _ context: OperationContext) async throws {
        let files = tools.checkpoints.files(of: input.checkpoint)
        if FileEntry.exists(files.document) { return }
        try files.make()
        var checkpoint = input.checkpoint
        switch input.source {
        case .off: try files.keepOwnFiles(of: configuration)
        case .saved:
            try files.keepOwnFiles(of: configuration)
            try FileEntry.link(savedState.path, to: files.state.path)
        case .running, .paused:
            guard isAlive else {
                await settled()
                throw MartletError(
                    .unavailable,
                    "'\(configuration.name)' ended before the checkpoint; make it again, of the machine that is off")
            }
            isHeldStill = false
            try await takeRunning(input, &checkpoint, files, context)
        }
        try Sidecar.write(checkpoint, layout: tools.layout)
    }

    private func takeRunning(
        _ input: CheckpointOperations.Create, _ checkpoint: inout Checkpoint, _ files: CheckpointFiles,
        _ context: OperationContext
    ) async throws {
        let qmp = try requireQMP()
        let forks = try forks(of: input)
        if let first = forks.first, try await qmp.activeNode(of: first.disk) == first.overlay.nodeName(of: first.disk) {
            throw MartletError(.unavailable, "an earlier martletd ended while the checkpoint was taken; make it again")
        }
        guard try await !qmp.execute(QueryMigrate()).isUnderWay else {
            throw MartletError(.unavailable, "an earlier martletd ended while the checkpoint was taken; make it again")
        }
        for fork in forks {
            if let owner = tools.guestUser?.owner {
                try FileEntry.setOwner(owner, of: tools.layout.absolute(fork.overlay.path))
            }
        }
        try await qmp.open(forks)
        let moment = CheckpointMoment(
            machine: self, qmp: qmp, forks: forks, files: files, wasPaused: input.source == .paused)
        if checkpoint.kind == .production {
            let limit = Duration.seconds(input.freezeLimitInSeconds)
            guard let reason = try await takeFrozen(moment, &checkpoint, limit: limit) else { return }
            guard checkpoint.asked != .productionOnly else {
                throw MartletError(.unsupported, "\(reason); nothing was taken")
            }
            checkpoint.kind = .standard
            checkpoint.consistency = .runningState
            checkpoint.warnings = [Self.fallback(reason)]
        }
        try await takeMemory(moment, &checkpoint, context)
    }

    static func fallback(_ reason: String) -> String {
        "NOT a production checkpoint but a standard one, with the guest's memory: \(reason)"
    }

    func forks(of input: CheckpointOperations.Create) throws -> [QMPClient.Fork] {
        try input.forks.map { fork in
            let disk = try tools.disks.find("\(fork.disk)")
            guard let below = disk.layer(fork.layer) else {
                throw MartletError(.internal, "the overlay of '\(disk.name)' isn't recorded")
            }
            return QMPClient.Fork(disk: disk.id, top: below.file, overlay: fork.file)
        }
    }

    // MARK: Frozen by the guest

    /// - Returns: why the guest can't be frozen; nothing was taken then. nil for success.
    private func takeFrozen(
        _ moment: CheckpointMoment, _ checkpoint: inout Checkpoint, limit: Duration
    ) async throws(MartletError) -> String? {
        guard let freezer = await findFreezer() else {
            return "its guest has no agent that could put its data in order"
        }
        let freeze: FrozenGuest
        do {
            freeze = try await freezer.freeze(limit: limit)
        } catch {
            // It may have been frozen all the same; if it can't be told, it thaws itself.
            _ = try? await thaw(freezer)
            if Task.isCancelled { throw MartletError(.cancelled, "it was cancelled while the guest was being frozen") }
            return "the guest could not be frozen: \(error.message)"
        }
        let stopped: Int
        do {
            stopped = try await moment.fork()
        } catch {
            _ = try? await thaw(freezer)
            throw error
        }
        checkpoint.stoppedInMilliseconds = stopped
        let doubt: MartletError
        do throws(MartletError) {
            let thaw = try await thaw(freezer)
            if thaw.wasFrozen {
                checkpoint.frozenInMilliseconds = thaw.frozenInMilliseconds + stopped
                // A hook that had lost what it held can't say when.
                checkpoint.consistency = thaw.warnings.isEmpty ? freeze.consistency : .fileSystem
                let warnings = freeze.warnings + thaw.warnings
                checkpoint.warnings = warnings.isEmpty ? nil : warnings
                return nil
            }
            doubt = MartletError(
                .timedOut,
                "the guest had thawed itself before the checkpoint was taken, after its limit of \(limit.components.seconds) s; give it longer with --freeze-limit"
            )
        } catch {
            doubt = MartletError(
                error.code, "whether the guest still stood still when it was taken isn't known: \(error.message)")
        }
        guard checkpoint.asked != .productionOnly else { throw doubt }
        checkpoint.consistency = .crash
        checkpoint.warnings = ["NOT consistent, but as after a power loss: \(doubt.message)"]
        return nil
    }

    /// In a task of its own: what is cancelled can ask the guest nothing, and the guest would stand still until its limit.
    private func thaw(_ freezer: any GuestFreezer) async throws(MartletError) -> ThawedGuest {
        try await Task { () async -> Result<ThawedGuest, MartletError> in
            do throws(MartletError) { return .success(try await freezer.thaw()) } catch { return .failure(error) }
        }.value.get()
    }

    // MARK: With memory

    private func takeMemory(
        _ moment: CheckpointMoment, _ checkpoint: inout Checkpoint, _ context: OperationContext
    ) async throws {
        try requireSpace(in: moment.files.folder)
        let snapshot: BackgroundSnapshot
        do {
            snapshot = try await BackgroundSnapshot.ready(moment)
        } catch {
            if !moment.wasPaused {
                checkpoint.warnings =
                    (checkpoint.warnings ?? []) + [
                        "the guest stood still while its memory was written, since it can't be done beside it: \(error.message)"
                    ]
            }
            let written = try await StoppedSnapshot(moment: moment).take(context)
            checkpoint.stoppedInMilliseconds = moment.wasPaused ? nil : written.stoppedInMilliseconds
            return try await keepState(written, moment)
        }
        let written = try await snapshot.take(context)
        checkpoint.stoppedInMilliseconds = written.stoppedInMilliseconds
        try await keepState(written, moment)
    }

    /// Puts a header before the stream, and gives the whole its name.
    private func keepState(_ written: WrittenState, _ moment: CheckpointMoment) async throws {
        let header = SavedStateHeader(
            machine: id, machineType: configuration.machineType, accelerator: tools.accelerator,
            qemuVersion: tools.installation?.version ?? "unknown", isPaused: moment.wasPaused,
            hasVsock: vsockContext == nil ? nil : true, saved: tools.environment.now(), streamSize: written.size,
            streamChecksum: written.checksum)
        let (state, bytes) = (moment.files.state, try header.encoded())
        try await BlockingWork.run { () throws(MartletError) in
            try StreamFile.open(state.part, forWriting: true).complete(header: bytes)
            try FileEntry.renameIfPresent(state.part, to: state.path)
        }
    }

    // MARK: Undo

    /// The guest goes on, and what was kept of the moment is gone. Its disks are taken back by another step.
    func takeBackMoment(_ input: CheckpointOperations.Create) async throws {
        if isAlive, let qmp = try? requireQMP() {
            try await CheckpointMoment.giveUp(qmp)
            if input.source == .running { try await letGoOn() }
        }
        isHeldStill = false
        try tools.checkpoints.files(of: input.checkpoint).remove()
    }
}

/// A guest's state that was written, without its header.
struct WrittenState: Sendable {
    /// In bytes.
    var size: Int64
    /// CRC-32C.
    var checksum: UInt32
    var stoppedInMilliseconds: Int
}
