import MartletLinux
import MartletModel
import MartletQEMU
import MartletStore

/// Carries out what `LayerPlanner` plans, in the QEMU that has the disk or with qemu-img. Each step may be done twice, and be given up: what
/// is read through the layers stays the same all the time.
extension VirtualMachineDriver {
    /// Until the next look at a merge.
    private static let pause: Duration = .milliseconds(50)
    /// How long QEMU may take to put a file in another's place.
    private static let switchTimeout: Duration = .seconds(300)

    /// Lets go of every layer that no checkpoint needs.
    ///
    /// - Parameter bandwidth: how much is written in a second; nil for no limit.
    func settleLayers(bandwidth: ByteCount?, _ context: OperationContext) async throws {
        for id in layeredDisks {
            while let step = LayerPlanner.next(
                for: try tools.disks.find("\(id)"), needed: tools.checkpoints.layers(of: self.id))
            {
                try Task.checkCancellation()
                try await carryOut(step, on: id, bandwidth: bandwidth, context)
            }
            try await endSwitch(id)
        }
    }

    func carryOut(
        _ step: LayerPlanner.Step, on id: ID<Disk>, bandwidth: ByteCount?, _ context: OperationContext
    ) async throws {
        if case .merge(let child, let layer) = step {
            try await mark(layer, of: id)
            let disk = try tools.disks.find("\(id)")
            if try await isOpen(child, of: disk) {
                try await mergeOnline(child, into: layer, of: disk, bandwidth: bandwidth, context)
            } else {
                try await tools.disks.mergeOffline(step, of: disk, bandwidth: bandwidth) { await context.progress($0) }
            }
        }
        try await record(step, of: id)
    }

    /// From here on the layer holds no point in time by itself.
    private func mark(_ layer: ID<DiskLayer>, of id: ID<Disk>) async throws {
        _ = try await tools.disks.change([id]) { $0.beginMerge(into: layer) }
    }

    private func record(_ step: LayerPlanner.Step, of id: ID<Disk>) async throws {
        var file: DiskFile?
        _ = try await tools.disks.change([id]) { file = $0.took(step) ?? file }
        if case .merge(let child?, _) = step {
            let disk = try tools.disks.find("\(id)")
            // QEMU has told those that it has open itself.
            let inUse = isAlive ? Set(([disk.top] + disk.chain.map(\.file)).map(\.path)) : []
            try await tools.disks.renameBelow(child, of: disk, unless: inUse)
        }
        try await endSwitch(id)
        guard let file else { return }
        if isAlive { try? await requireQMP().close(file, of: id) }
        try tools.disks.remove(file, unlessOf: id)
    }

    /// Whether the QEMU that runs has what is to be merged open.
    private func isOpen(_ child: ID<DiskLayer>?, of disk: Disk) async throws -> Bool {
        guard isAlive, child == nil || disk.chain.contains(where: { $0.id == child }) else { return false }
        return try await requireQMP().activeNode(of: disk.id) != nil
    }

    private func mergeOnline(
        _ child: ID<DiskLayer>?, into layer: ID<DiskLayer>, of disk: Disk, bandwidth: ByteCount?,
        _ context: OperationContext
    ) async throws {
        guard let lower = disk.layer(layer)?.file else { return }
        let upper = child.flatMap { disk.layer($0)?.file }
        do {
            try await followMerge(upper, into: lower, of: disk, bandwidth: bandwidth, context)
        } catch {
            // In a task of its own: what is cancelled can ask QEMU nothing, and QEMU would go on with the merge.
            try? await Task { try await self.giveUpMerge(of: disk.id) }.value
            throw error
        }
    }

    private func followMerge(
        _ upper: DiskFile?, into lower: DiskFile, of disk: Disk, bandwidth: ByteCount?, _ context: OperationContext
    ) async throws {
        // One that was begun before, by a daemon that ended, may go at another speed.
        if isAlive { try await requireQMP().setMergeSpeed(of: disk.id, bandwidth) }
        while isAlive {
            let qmp = try requireQMP()
            switch try await qmp.mergeState(of: disk.id) {
            case .none:
                if try await isMerged(qmp, upper, into: lower, of: disk) { return }
                try Task.checkCancellation()
                let device = try await qmp.activeNode(of: disk.id) ?? disk.top.nodeName(of: disk.id)
                try await qmp.beginMerge(
                    of: upper, into: lower, disk: disk.id, device: device, bandwidth: bandwidth)
            case .running(let fraction):
                if isHeldStill { break }
                try Task.checkCancellation()
                await context.progress(fraction)
            case .ready:
                try await holdStill(for: disk.id, qmp)
                // It may have been told so already, by us or by a daemon before.
                try? await qmp.completeMerge(of: disk.id)
            case .completed:
                return try await qmp.dismissMerge(of: disk.id)
            case .failed(let reason):
                try await qmp.dismissMerge(of: disk.id)
                throw mergeFailed(disk, reason)
            }
            // Not to be cut short where the guest stands still.
            if isHeldStill {
                await Task.detached { try? await Task.sleep(for: .milliseconds(2)) }.value
            } else {
                try await Task.sleep(for: Self.pause)
            }
        }
        // QEMU ended in the middle of it: qemu-img goes on from there.
        let now = try tools.disks.find("\(disk.id)")
        let child = upper.flatMap { upper in (now.layers ?? []).first { $0.file == upper }?.id }
        guard let layer = now.layers?.first(where: { $0.file == lower })?.id else { return }
        await settled()
        try await tools.disks.mergeOffline(.merge(child, into: layer), of: now, bandwidth: bandwidth) {
            await context.progress($0)
        }
    }

    /// Whether QEMU has it behind itself already: the lower file is what is written to, or what the layer above lies over.
    private func isMerged(
        _ qmp: QMPClient, _ upper: DiskFile?, into lower: DiskFile, of disk: Disk
    ) async throws(MartletError) -> Bool {
        guard let upper else { return try await qmp.activeNode(of: disk.id) == lower.nodeName(of: disk.id) }
        return try await !qmp.isBelow(upper, of: disk.id)
    }

    private func mergeFailed(_ disk: Disk, _ reason: String?) -> MartletError {
        guard let reason else { return MartletError(.cancelled, "the merge of '\(disk.name)' was given up") }
        let folder = FilePathParts(tools.layout.absolute(disk.path)).folder
        let isFull = (try? Folder.freeSpace(folder)).map { $0 < .mebibytes(1) } ?? false
        return MartletError(
            isFull ? .insufficientSpace : .qemuFailed,
            "a checkpoint of the disk '\(disk.name)' can't be merged: \(reason.prefix(300)); nothing is lost, merge it again with `martlet checkpoint merge '\(configuration.name)'` once that is mended"
        )
    }

    private func giveUpMerge(of disk: ID<Disk>) async throws {
        if isAlive {
            let qmp = try requireQMP()
            if ![.none, .completed].contains(try await qmp.mergeState(of: disk)) {
                try? await qmp.cancelMerge(of: disk)
            }
            let end = ContinuousClock.now + Self.switchTimeout
            wait: while ContinuousClock.now < end {
                switch try await qmp.mergeState(of: disk) {
                case .none: break wait
                // What was completed in this moment is found so by whoever merges again.
                case .completed, .failed: try await qmp.dismissMerge(of: disk)
                case .running, .ready: break
                }
                await Task.detached { try? await Task.sleep(for: .milliseconds(20)) }.value
            }
        }
        try await endSwitch(disk)
    }

    /// The guest stands still from here until it is recorded which file it goes on with: nothing that it writes is then in a file that
    /// the record doesn't name.
    private func holdStill(for disk: ID<Disk>, _ qmp: QMPClient) async throws {
        guard try await qmp.execute(QueryStatus()).running else { return }
        _ = try await tools.disks.change([disk]) { $0.isSwitching = true }
        isHeldStill = true
        _ = try await qmp.execute(Stop())
    }

    /// The guest goes on that was stopped for a switch.
    private func endSwitch(_ id: ID<Disk>) async throws {
        guard try tools.disks.find("\(id)").isSwitching == true else { return }
        try await letGoOn()
        _ = try await tools.disks.change([id]) { $0.isSwitching = nil }
    }
}
