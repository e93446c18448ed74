import Logging
import MartletLinux
import MartletModel
import MartletQEMU

/// The steps of `vm.save`. Each may be done twice.
extension VirtualMachineDriver {
    /// What is left free on the disk in any case: the store beside the machines must go on.
    static let spaceReserve = ByteCount.mebibytes(128)
    /// What QEMU calls the descriptor of a state that it writes or reads.
    static let stateDescriptorName = "saved-state"

    var savedState: SavedState { SavedState(of: configuration, layout: tools.layout) }

    /// Stops the guest and lets QEMU write its memory and devices beside the machine.
    ///
    /// An earlier daemon's stream that is under way or complete is taken up.
    /// - Throws: `insufficientSpace`; `qemuFailed` when QEMU gives up; `unavailable` when it ended.
    func writeState(context: OperationContext) async throws {
        if savedState.exists { return }
        let qmp = try requireQMP()
        let sum: StreamSum
        if try await isStreamOurs(qmp) {
            sum = StreamSum(try StreamFile.open(savedState.part))
        } else {
            sum = StreamSum(try await beginStream(qmp))
        }
        try await followStream(qmp, sum, context)
        writtenStream = sum
    }

    private func isStreamOurs(_ qmp: QMPClient) async throws -> Bool {
        guard FileEntry.exists(savedState.part) else { return false }
        let stream = try await qmp.execute(QueryMigrate())
        if stream.isUnderWay { return true }
        // `completed` stays for ever; only the run state says whether it is about this stream.
        guard stream.status == "completed" else { return false }
        return try await qmp.isBehindStream()
    }

    private func beginStream(_ qmp: QMPClient) async throws -> StreamFile {
        try await qmp.giveUpStream()
        try savedState.removeLeftovers()
        try requireSpace()
        _ = try await qmp.execute(Stop())
        // More than any disk takes, and QEMU 7.2 refuses what isn't below the largest size.
        _ = try await qmp.execute(MigrateSetParameters(maxBandwidth: 1 << 50))
        let file = try StreamFile.make(savedState.part)
        try await qmp.hand(descriptor: file.number, as: Self.stateDescriptorName)
        _ = try await qmp.execute(Migrate(uri: "fd:\(Self.stateDescriptorName)"))
        return file
    }

    private func followStream(_ qmp: QMPClient, _ sum: StreamSum, _ context: OperationContext) async throws {
        let begin = ContinuousClock.now
        while true {
            let stream = try await qmp.execute(QueryMigrate(), timeout: .seconds(60))
            try await sum.follow()
            let isWhole = stream.status == "completed"
            if isWhole, try await qmp.isBehindStream() { return }
            guard isWhole || stream.isUnderWay else { throw giveUp(stream) }
            if let memory = stream.ram, memory.total > 0 {
                await context.progress(1 - Double(memory.remaining) / Double(memory.total))
            }
            if try Folder.freeSpace(savedState.part) < Self.spaceReserve { throw noSpace(for: nil) }
            try await Task.sleep(for: Self.pause(since: begin))
        }
    }

    /// Until the next look at a stream: a small machine is done in half a second, and a large one is no hurry.
    static func pause(since begin: ContinuousClock.Instant) -> Duration {
        ContinuousClock.now - begin < .seconds(3) ? .milliseconds(15) : .milliseconds(200)
    }

    private func giveUp(_ stream: QueryMigrate.Reply) -> MartletError {
        if let free = try? Folder.freeSpace(savedState.part), free < Self.spaceReserve { return noSpace(for: nil) }
        return MartletError(
            .qemuFailed,
            "qemu could not write the state of '\(configuration.name)': \((stream.error ?? stream.status ?? "no reason").prefix(300))"
        )
    }

    /// The memory that the guest has touched is what will be written, at most.
    func requireSpace(in folder: String? = nil) throws(MartletError) {
        let touched = process.flatMap { ProcessMemory.shared(of: $0.processID) } ?? configuration.memory
        let free = try Folder.freeSpace(folder ?? tools.layout.absolute(configuration.folder))
        guard free.bytes - Self.spaceReserve.bytes >= touched.bytes else { throw noSpace(for: touched) }
    }

    private func noSpace(for size: ByteCount?) -> MartletError {
        let need = size.map { "up to \($0) and \(Self.spaceReserve) to spare" } ?? "\(Self.spaceReserve) to spare"
        return MartletError(
            .insufficientSpace,
            "there is no room to save '\(configuration.name)' in its folder: it needs \(need); make room and save it again"
        )
    }

    /// The guest goes on as if nothing had been asked; first of all there is no state left that it could be set back to.
    ///
    /// - Throws: as `SavedState.remove`; then the guest stays where it is.
    func takeBackState(paused: Bool) async throws {
        writtenStream = nil
        if isAlive, let qmp = try? requireQMP() { try await qmp.giveUpStream() }
        try savedState.remove()
        guard isAlive else { return }
        if paused { try await requireQMP().pauseBehindStream() } else { try await requireQMP().execute(Cont()) }
    }

    /// Puts the complete stream in its place, with its header, durably. From here on the machine could be restored.
    ///
    /// - Throws: `insufficientSpace`, `ioFailed`.
    func keepState(paused: Bool) async throws {
        let state = savedState
        if !FileEntry.exists(state.part), state.exists { return }
        let file = try StreamFile.open(state.part, forWriting: true)
        if writtenStream == nil { try await requireWhole() }
        // A new daemon reads the whole again.
        let sum = writtenStream ?? StreamSum(file)
        let (size, checksum) = try await sum.follow()
        let header = SavedStateHeader(
            machine: id, machineType: configuration.machineType, accelerator: tools.accelerator,
            qemuVersion: tools.installation?.version ?? "unknown", isPaused: paused,
            hasVsock: vsockContext == nil ? nil : true, saved: tools.environment.now(),
            streamSize: size, streamChecksum: checksum
        )
        let bytes = try header.encoded()
        try await BlockingWork.run { () throws(MartletError) in
            try file.complete(header: bytes)
            try FileEntry.renameIfPresent(state.part, to: state.path)
        }
        writtenStream = nil
    }

    /// What an earlier daemon had written is whole as long as the QEMU that wrote it says so; after a power loss a part may be missing.
    private func requireWhole() async throws {
        if isAlive, try await isStreamOurs(requireQMP()) { return }
        throw MartletError(
            .unavailable,
            "QEMU ended before the state of '\(configuration.name)' was known to be whole; it can't be kept")
    }

    /// The state is kept, so QEMU may go; its disks were let go of when the stream was complete.
    func endSaved() async throws {
        guard let identity = process, identity.isAlive else { return }
        try await pullPlug(identity)
    }

    /// Takes down what the machine held, but its disks.
    ///
    /// - Parameter isWanted: whether it is to go on when its host comes up again.
    func releaseSaved(isWanted: Bool) async throws(MartletError) {
        await wantRunning(isWanted)
        try await cleanUp()
    }

    func completeSave() {
        savedStateSize = savedState.size
        turn { $0.saved() }
    }

    /// The save is over without success: the guest goes on, or its QEMU is gone.
    func giveUpSave(_ failure: Failure?) async {
        if isAlive {
            let execution = (try? await queryExecution()) ?? .paused
            turn { $0.saveUndone(execution, nil) }
            return
        }
        await cleanUpOrLog()
        if savedState.exists {
            completeSave()
        } else {
            turn { $0.saveUndone(nil, failure) }
            if let failure = life.cause { await keep(failure) }
        }
    }
}
