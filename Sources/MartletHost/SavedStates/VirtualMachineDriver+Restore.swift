import Logging
import MartletLinux
import MartletModel
import MartletQEMU

/// The steps of `vm.restore` and `vm.discard`. Each may be done twice.
extension VirtualMachineDriver {
    /// QEMU answers when it has read all, which a large machine on a slow disk takes long for.
    private static let silence: Duration = .seconds(600)

    /// Whether the guest still stands where it was saved: as long as it does, all can be undone.
    var isStateKept: Bool { savedState.exists }

    /// - Throws: as `SavedState.check`.
    func checkState() async throws(MartletError) {
        // Read and gone: the guest has been let go.
        guard isStateKept else { return }
        let (state, configuration, accelerator) = (savedState, configuration, tools.accelerator)
        _ = try await BlockingWork.run { () throws(MartletError) in
            try state.check(configuration, accelerator: accelerator)
        }
    }

    /// Lets QEMU read the guest's memory and devices; the guest stands still.
    ///
    /// - Throws: `qemuFailed` with the end of QEMU's log when it can't read them, which ends it.
    func readState(context: OperationContext) async throws {
        do {
            let qmp = try requireQMP()
            guard try await isWaitingForState(qmp) else { return }
            let file = try StreamFile.open(savedState.path)
            if try await qmp.execute(QueryMigrate()).status == nil {
                try await qmp.hand(descriptor: file.number, as: Self.stateDescriptorName)
                _ = try await qmp.execute(MigrateIncoming(uri: "fd:\(Self.stateDescriptorName)"))
            }
            try await followReading(qmp, file, context)
        } catch let error as MartletError {
            // A QEMU that can't read the state says why in its log, and ends.
            if let identity = process, await exit(of: identity, within: .seconds(2)) == nil { throw error }
            throw unreadable
        }
    }

    private func isWaitingForState(_ qmp: QMPClient) async throws -> Bool {
        try await qmp.execute(QueryStatus(), timeout: Self.silence).status == "inmigrate"
    }

    private func followReading(_ qmp: QMPClient, _ file: StreamFile, _ context: OperationContext) async throws {
        let size = max(1, try file.streamSize())
        let begin = ContinuousClock.now
        while try await isWaitingForState(qmp) {
            let stream = try await qmp.execute(QueryMigrate(), timeout: Self.silence)
            if stream.status == "failed" { throw unreadable }
            await context.progress(Double(file.position()) / Double(size))
            try await Task.sleep(for: Self.pause(since: begin))
        }
    }

    private var unreadable: MartletError {
        MartletError(
            .qemuFailed,
            "qemu can't go on from the saved state of '\(configuration.name)'; the state is kept: see qemu.log in its folder, or "
                + "throw the state away with `martlet vm discard`",
            details: logTail().isEmpty ? [] : [.init("log", logTail())]
        )
    }

    /// Lets the guest go on from where it was, or leaves it paused there. Before it runs, its state is no longer one that could be
    /// restored, also after a power loss.
    ///
    /// - Throws: as QEMU refused; the machine is saved as before then.
    func goOn(paused: Bool) async throws {
        let state = savedState
        let isFirst = state.exists
        if !paused {
            try FileEntry.renameIfPresent(state.path, to: state.resumed)
            let refusal = try await letGo()
            if let refusal {
                // QEMU said no, as when somebody else holds a disk: the guest hasn't run, so its state is still good.
                if isFirst { try FileEntry.renameIfPresent(state.resumed, to: state.path) }
                throw refusal
            }
        }
        try state.remove()
        savedStateSize = nil
        await wantRunning(true)
        // Bridges may have forgotten where the guest is; it runs on whatever comes of this.
        if !paused { _ = try? await requireQMP().execute(AnnounceSelf()) }
        let execution = try await queryExecution()
        turn { $0.started(execution) }
    }

    /// Lets the guest run.
    ///
    /// - Returns: what QEMU itself refused it with, rather than that we don't know what it did; nil when it runs.
    /// - Throws: `unavailable`, `timedOut`; the guest may run then.
    private func letGo() async throws(MartletError) -> MartletError? {
        do {
            _ = try await requireQMP().execute(Cont())
            return nil
        } catch {
            let isRefusal = error.code == .qemuFailed && error.details.contains { $0.name == "class" }
            if isRefusal { return error }
            throw error
        }
    }

    /// The restore is over without success. Where the state is kept the machine is saved as before; else its guest runs, or ran.
    func giveUpRestore(_ failure: Failure?) async {
        if !isStateKept, isAlive {
            let execution = (try? await queryExecution()) ?? .paused
            turn { $0.started(execution) }
            return
        }
        await cleanUpOrLog()
        savedStateSize = savedState.size
        let isSaved = isStateKept
        turn { $0.startUndone(failure, isSaved: isSaved) }
        startFailed()
        if case .failed(let failure, _) = life.state { await keep(failure) }
    }

    // MARK: Discard

    /// Throws the saved state away; the machine is off from then on.
    ///
    /// - Throws: `forbidden`, `ioFailed`; the machine is saved as before then.
    func discardState() async throws {
        let state = savedState
        try await BlockingWork.run { () throws(MartletError) in try state.remove() }
        savedStateSize = nil
        try await cleanUp()
        await wantRunning(false)
        turn { $0.discardEnded(isSaved: false) }
    }

    func giveUpDiscard() {
        let isSaved = isStateKept
        turn { $0.discardEnded(isSaved: isSaved) }
    }

    /// What a new daemon finds: a saved machine holds its disks, also when the record of that was lost, and nothing half written stays.
    func settleSavedState() async {
        guard !life.isOwned else { return }
        do {
            if !isAlive { try savedState.removeLeftovers() }
            if case .saved = life.state { try await tools.claims.keepDisks(of: configuration) }
        } catch {
            tools.logger.error(
                "a saved state can't be put in order", metadata: ["vm": "\(configuration.name)", "error": "\(error)"])
        }
    }
}
