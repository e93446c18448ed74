import MartletLinux
import MartletModel
import MartletQEMU

/// The point in time at which a running machine's disks are forked, and what is written of it.
struct CheckpointMoment: Sendable {
    let machine: VirtualMachineDriver
    let qmp: QMPClient
    let forks: [QMPClient.Fork]
    let files: CheckpointFiles
    let wasPaused: Bool

    /// Stops the guest, copies its firmware's and TPM's files, and has its disks written to the overlays from then on.
    func stopAndFork() async throws(MartletError) {
        await machine.holdStill(true)
        try await qmp.execute(Stop())
        let configuration = await machine.configuration
        let files = files
        try await BlockingWork.run { () throws(MartletError) in try files.keepOwnFiles(of: configuration) }
        try await qmp.put(forks)
    }

    /// As `stopAndFork`, and the guest goes on.
    ///
    /// - Returns: how long it stood still, in milliseconds.
    func fork() async throws(MartletError) -> Int {
        let begin = ContinuousClock.now
        do {
            try await stopAndFork()
        } catch {
            // In a task of its own: what is cancelled can ask QEMU nothing. If the guest can't be let go now, the undo tries it again.
            try? await Task { try await machine.letGoOn() }.value
            throw error
        }
        try await machine.letGoOn()
        return Self.milliseconds(since: begin)
    }

    static func milliseconds(since begin: ContinuousClock.Instant) -> Int {
        let time = (ContinuousClock.now - begin).components
        return Int(time.seconds) * 1_000 + Int(time.attoseconds / 1_000_000_000_000_000)
    }

    /// Has QEMU give up a stream, and be as it was before.
    ///
    /// One beside the guest runs to its end, into nothing: cancelled, QEMU 7.2 saves no more pages from then on but lets go of them
    /// only in its main loop, which may itself wait for one.
    /// - Throws: `timedOut`.
    static func giveUp(_ qmp: QMPClient) async throws(MartletError) {
        if try await qmp.isBackgroundSnapshot() {
            try await qmp.waitForStream()
        } else {
            try await qmp.giveUpStream()
        }
        try? await qmp.setBackgroundSnapshot(false)
    }
}

extension VirtualMachineDriver {
    /// Whether the guest is stopped for an instant by an operation, which nobody need be told.
    func holdStill(_ isStill: Bool) { isHeldStill = isStill }
}
