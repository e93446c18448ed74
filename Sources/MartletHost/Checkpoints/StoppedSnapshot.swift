import MartletLinux
import MartletModel
import MartletQEMU

/// Writes a guest's memory while the guest stands still: the older way, for where `BackgroundSnapshot` can't be.
struct StoppedSnapshot: Sendable {
    private static let handoverName = "checkpoint"

    let moment: CheckpointMoment

    /// - Throws: `insufficientSpace`, `qemuFailed`, `unavailable`, `cancelled`; the guest is as it was then, its disks may be forked.
    func take(_ context: OperationContext) async throws -> WrittenState {
        let qmp = moment.qmp
        let begin = ContinuousClock.now
        do {
            _ = try await qmp.execute(MigrateSetParameters(maxBandwidth: 1 << 50))
            try await moment.stopAndFork()
            let file = try StreamFile.make(moment.files.state.part)
            try await qmp.hand(descriptor: file.number, as: Self.handoverName)
            try await qmp.execute(Migrate(uri: "fd:\(Self.handoverName)"))
            let sum = StreamSum(file)
            try await follow(sum, context)
            let (size, checksum) = try await sum.follow()
            try await goOn()
            return WrittenState(
                size: size, checksum: checksum, stoppedInMilliseconds: CheckpointMoment.milliseconds(since: begin))
        } catch {
            // In a task of its own: what is cancelled can ask QEMU nothing.
            try? await Task { try await CheckpointMoment.giveUp(qmp) }.value
            try? await Task { try await goOn() }.value
            throw error
        }
    }

    private func follow(_ sum: StreamSum, _ context: OperationContext) async throws {
        let begin = ContinuousClock.now
        while true {
            let stream = try await moment.qmp.execute(QueryMigrate(), timeout: .seconds(60))
            try await sum.follow()
            let isWhole = stream.status == "completed"
            if isWhole, try await moment.qmp.isBehindStream() { return }
            guard isWhole || stream.isUnderWay else {
                throw MartletError(
                    .qemuFailed,
                    "qemu could not write the guest's state: \((stream.error ?? stream.status ?? "no reason").prefix(300))"
                )
            }
            if let memory = stream.ram, memory.total > 0 {
                await context.progress(1 - Double(memory.remaining) / Double(memory.total))
            }
            guard try Folder.freeSpace(moment.files.folder) >= VirtualMachineDriver.spaceReserve else {
                throw MartletError(
                    .insufficientSpace, "there is no room for the guest's memory; make room and try again")
            }
            try await Task.sleep(for: VirtualMachineDriver.pause(since: begin))
        }
    }

    private func goOn() async throws {
        guard moment.wasPaused else { return try await moment.machine.letGoOn() }
        do {
            try await moment.qmp.pauseBehindStream()
        } catch {
            await moment.machine.holdStill(false)
            throw error
        }
        await moment.machine.holdStill(false)
    }
}
