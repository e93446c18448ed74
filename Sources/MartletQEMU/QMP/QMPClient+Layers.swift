package import MartletModel

/// The layers of disks while the machine runs.
extension QMPClient {
    /// A disk and the overlay that is to be put on top of it.
    package struct Fork: Sendable, Hashable {
        package var disk: ID<Disk>
        package var top: DiskFile
        package var overlay: DiskFile

        package init(disk: ID<Disk>, top: DiskFile, overlay: DiskFile) {
            self.disk = disk
            self.top = top
            self.overlay = overlay
        }
    }

    /// How far a merge is.
    package enum MergeState: Sendable, Hashable {
        /// From 0 to 1.
        case running(Double)
        /// All is written, and what still comes is written too; `completeMerge` ends it.
        case ready
        case completed
        /// What QEMU says; nil when it was given up.
        case failed(String?)
        /// There is no such job.
        case none
    }

    /// The name of the block node that a disk's device has now; nil when there is no such device.
    package func activeNode(of disk: ID<Disk>) async throws(MartletError) -> String? {
        let device = Substring(MachineSpecification.DiskDevice.deviceID(of: disk))
        return try await execute(QueryBlock()).first {
            $0.path?.split(separator: "/").contains(device) ?? false
        }?.inserted?.nodeName
    }

    /// Whether a disk's device reads through a file.
    package func isBelow(_ file: DiskFile, of disk: ID<Disk>) async throws(MartletError) -> Bool {
        let device = Substring(MachineSpecification.DiskDevice.deviceID(of: disk))
        let node = try await execute(QueryBlockChains()).first {
            $0.path?.split(separator: "/").contains(device) ?? false
        }
        return node?.contains(file.nodeName(of: disk)) ?? false
    }

    /// Opens the overlays, before the guest need stand still for it; those that are open stay so.
    package func open(_ forks: [Fork]) async throws(MartletError) {
        let nodes = Set(try await execute(QueryNamedBlockNodes()).map(\.nodeName))
        for fork in forks where !nodes.contains(fork.overlay.nodeName(of: fork.disk)) {
            try await execute(BlockdevAdd(node: QEMUArguments.written(fork.overlay, of: fork.disk, over: [])))
        }
    }

    /// Has all disks written to their overlays from now on, or none.
    ///
    /// - Throws: as `execute`; every disk is written to where it was before then.
    package func put(_ forks: [Fork]) async throws(MartletError) {
        let actions = forks.map { fork in
            SnapshotTransaction.Action(
                data: .init(
                    node: fork.top.nodeName(of: fork.disk), overlay: fork.overlay.nodeName(of: fork.disk)))
        }
        if actions.isEmpty { return }
        try await execute(SnapshotTransaction(actions: actions), timeout: .seconds(60))
    }

    /// Begins to write a layer into the one right below it, unless that is under way.
    ///
    /// - Parameters:
    ///   - upper: nil for what the disk is written to.
    ///   - bandwidth: in bytes a second; nil for no limit.
    package func beginMerge(
        of upper: DiskFile?, into lower: DiskFile, disk: ID<Disk>, device: String, bandwidth: ByteCount?
    ) async throws(MartletError) {
        guard try await mergeState(of: disk) == .none else { return }
        try await execute(
            BlockCommit(
                jobID: Self.job(disk), device: device, topNode: upper?.nodeName(of: disk),
                baseNode: lower.nodeName(of: disk),
                backingFile: upper == nil ? nil : lower.path.split(separator: "/").last.map(String.init),
                speed: bandwidth?.bytes ?? 0))
    }

    /// Has a merge that is under way go at another speed; without one nothing happens.
    ///
    /// - Parameter bandwidth: in bytes a second; nil for no limit.
    package func setMergeSpeed(of disk: ID<Disk>, _ bandwidth: ByteCount?) async throws(MartletError) {
        guard case .running = try await mergeState(of: disk) else { return }
        // It may have ended in this moment.
        _ = try? await execute(BlockJobSetSpeed(device: Self.job(disk), speed: bandwidth?.bytes ?? 0))
    }

    /// How far the merge of a disk is.
    ///
    /// - Throws: as `execute`.
    package func mergeState(of disk: ID<Disk>) async throws(MartletError) -> MergeState {
        let id = Self.job(disk)
        guard let job = try await execute(QueryJobs()).first(where: { $0.id == id }) else { return .none }
        switch job.status {
        case "ready": return .ready
        case "concluded": return job.error.map { .failed($0) } ?? .completed
        case "aborting": return .running(0)
        default: return .running(job.total > 0 ? Double(job.current) / Double(job.total) : 0)
        }
    }

    /// Has the lower layer take the upper's place; `mergeState` says when it has.
    package func completeMerge(of disk: ID<Disk>) async throws(MartletError) {
        try await execute(JobComplete(id: Self.job(disk)))
    }

    /// Gives a merge up; what the guest reads stays the same.
    package func cancelMerge(of disk: ID<Disk>) async throws(MartletError) {
        try await execute(BlockJobCancel(device: Self.job(disk)))
    }

    /// Forgets a merge that has ended.
    package func dismissMerge(of disk: ID<Disk>) async throws(MartletError) {
        try await execute(JobDismiss(id: Self.job(disk)))
    }

    /// Closes a file that nothing lies over any more; one that is closed stays so.
    package func close(_ file: DiskFile, of disk: ID<Disk>) async throws(MartletError) {
        let name = file.nodeName(of: disk)
        guard try await execute(QueryNamedBlockNodes()).contains(where: { $0.nodeName == name }) else { return }
        try await execute(BlockdevDel(nodeName: name))
    }

    /// Whether the guest's state is written while it runs on, from the next `Migrate` on.
    ///
    /// - Throws: `qemuFailed` where kernel or machine lack what that needs.
    package func setBackgroundSnapshot(_ isOn: Bool) async throws(MartletError) {
        try await execute(
            MigrateSetCapabilities(capabilities: [.init(capability: "background-snapshot", state: isOn)]))
    }

    /// Whether a stream that is under way is one beside the guest.
    ///
    /// - Throws: as `execute`.
    package func isBackgroundSnapshot() async throws(MartletError) -> Bool {
        try await execute(QueryMigrateCapabilities()).contains {
            $0.capability == "background-snapshot" && $0.state
        }
    }

    private static func job(_ disk: ID<Disk>) -> String { "merge-\(disk)" }
}
