import MartletLinux
import MartletModel
import MartletQEMU
import Synchronization

/// Writes a guest's memory while it runs on: QEMU protects it from being written to, and saves each page before the guest changes it.
///
/// What takes long is done before the guest is stopped. Before it protects memory QEMU touches every page, so that there is something to
/// protect; only then it writes the stream's first bytes, and only after those it looks at the guest's processors and devices
/// (`bg_migration_thread` in `migration/migration.c` of QEMU 7.2). So the stream goes into a pipe that takes nothing at first: the guest runs
/// on until QEMU stands before it. Then the guest is stopped, the disks are forked, and the pipe is opened; QEMU saves the devices, protects
/// the memory and lets the guest go on by itself. A guest of 512 MB was stopped for 35 to 53 ms in this way, and for 250 to 750 ms without.
struct BackgroundSnapshot: Sendable {
    private static let handoverName = "checkpoint"
    /// The thread that writes, as QEMU calls it.
    private static let thread = "bg_snapshot"
    /// How long QEMU may take to touch every page. After that the guest is stopped all the same, and for longer.
    private static let patience: Duration = .seconds(60)

    let moment: CheckpointMoment
    private let permission: Lending

    /// Finds out whether it can be done with this guest here.
    ///
    /// - Throws: `unsupported` with the reason; nothing was done then.
    static func ready(_ moment: CheckpointMoment) async throws(MartletError) -> BackgroundSnapshot {
        guard !moment.wasPaused else { throw MartletError(.unsupported, "the guest is paused") }
        // Its balloon takes pages away without QEMU's saving them, and the pages that QEMU touches come back for good.
        guard await moment.machine.configuration.dynamicMemory == nil else {
            throw MartletError(.unsupported, "the guest's memory is dynamic")
        }
        let permission = await lend(mark: moment.machine.tools.layout.userfaultMark)
        do {
            try await moment.qmp.setBackgroundSnapshot(true)
        } catch {
            throw MartletError(.unsupported, "kernel or QEMU can't: \(error.cause.map { "\($0)" } ?? error.message)")
        }
        return BackgroundSnapshot(moment: moment, permission: Lending(permission))
    }

    /// nil where we may not lend it; then QEMU tells whether it has it all the same.
    private static func lend(mark: String) async -> UserfaultPermission? {
        let end = ContinuousClock.now + patience
        while ContinuousClock.now < end {
            do {
                return try UserfaultPermission(mark: mark)
            } catch {
                guard error.code == .inUse else { return nil }
            }
            try? await Task.sleep(for: .milliseconds(10))
        }
        return nil
    }

    /// - Throws: `insufficientSpace`, `qemuFailed`, `unavailable`, `cancelled`; the guest runs on then, its disks may be forked.
    func take(_ context: OperationContext) async throws -> WrittenState {
        let (qmp, moment) = (moment.qmp, moment)
        var stream: GatedStream?
        do {
            _ = try await qmp.execute(MigrateSetParameters(maxBandwidth: 1 << 50))
            let file = try StreamFile.make(moment.files.state.part)
            let gate = try GatedStream(to: file, helper: moment.machine.tools.helper)
            stream = gate
            try await begin(qmp, gate)
            await untilTouched()
            let begin = ContinuousClock.now
            try await moment.stopAndFork()
            gate.open()
            let stopped = try await untilRunning(since: begin)
            permission.end()
            await moment.machine.wentOn()
            let sum = StreamSum(file)
            try await follow(sum, context)
            try await BlockingWork.run { () throws(MartletError) in try gate.end() }
            await gate.reap()
            let (size, checksum) = try await sum.follow()
            try await qmp.setBackgroundSnapshot(false)
            return WrittenState(size: size, checksum: checksum, stoppedInMilliseconds: stopped)
        } catch {
            stream?.discard()
            // In a task of its own: what is cancelled can ask QEMU nothing.
            try? await Task { try await CheckpointMoment.giveUp(qmp) }.value
            permission.end()
            await stream?.reap()
            try? await Task { try await moment.machine.letGoOn() }.value
            throw error
        }
    }

    private func begin(_ qmp: QMPClient, _ gate: GatedStream) async throws(MartletError) {
        defer { gate.closeWriter() }
        try await qmp.hand(descriptor: gate.writer, as: Self.handoverName)
        try await qmp.execute(Migrate(uri: "fd:\(Self.handoverName)"))
    }

    /// Until the thread waits at the pipe: it waits, and has used no processor time between two looks.
    private func untilTouched() async {
        guard let process = await moment.machine.process?.processID else { return }
        let end = ContinuousClock.now + Self.patience
        var before: UInt64?
        while ContinuousClock.now < end {
            if let look = ProcessThread.look(Self.thread, of: process) {
                if look.isWaiting, before == look.ticks { return }
                before = look.isWaiting ? look.ticks : nil
            } else if (try? await moment.qmp.execute(QueryMigrate()))?.isUnderWay != true {
                return
            }
            try? await Task.sleep(for: .milliseconds(10))
        }
    }

    /// - Returns: for how long the guest stood still, in milliseconds.
    private func untilRunning(since begin: ContinuousClock.Instant) async throws -> Int {
        while true {
            if try await moment.qmp.execute(QueryStatus(), timeout: .seconds(60)).running {
                return CheckpointMoment.milliseconds(since: begin)
            }
            try await requireUnderWay()
            try await Task.sleep(for: .milliseconds(1))
        }
    }

    private func follow(_ sum: StreamSum, _ context: OperationContext) async throws {
        let begin = ContinuousClock.now
        while true {
            let stream = try await requireUnderWay()
            try await sum.follow()
            if stream.status == "completed" { return }
            if let memory = stream.ram, memory.total > 0 {
                await context.progress(1 - Double(memory.remaining) / Double(memory.total))
            }
            // The guest's own disks may need what is left.
            guard try Folder.freeSpace(moment.files.folder) >= VirtualMachineDriver.spaceReserve else { throw noSpace }
            try await Task.sleep(for: VirtualMachineDriver.pause(since: begin))
        }
    }

    private var noSpace: MartletError {
        MartletError(.insufficientSpace, "there is no room for the guest's memory; make room and try again")
    }

    @discardableResult
    private func requireUnderWay() async throws(MartletError) -> QueryMigrate.Reply {
        let stream = try await moment.qmp.execute(QueryMigrate(), timeout: .seconds(60))
        if stream.isUnderWay || stream.status == "completed" { return stream }
        if let free = try? Folder.freeSpace(moment.files.folder), free < VirtualMachineDriver.spaceReserve {
            throw noSpace
        }
        throw MartletError(
            .qemuFailed,
            "qemu could not write the guest's state: \((stream.error ?? stream.status ?? "no reason").prefix(300))")
    }
}

/// What is lent, until it is ended or let go.
private final class Lending: Sendable {
    private let permission: Mutex<UserfaultPermission?>

    init(_ permission: UserfaultPermission?) { self.permission = Mutex(permission) }

    func end() { permission.withLock { $0 = nil } }
}
