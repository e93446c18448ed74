import Logging
import MartletLinux
import MartletModel
import MartletQEMU
import MartletStore

/// Disks that come, go and grow. Each step may be done twice.
extension VirtualMachineDriver {
    // MARK: Requests

    /// Decides where a disk goes.
    ///
    /// - Throws: `wrongState`; `inUse` for a slot that is taken; `tooMany`; `invalidArgument`.
    func chooseSlot(_ wanted: Int?, for disk: ID<Disk>) async throws(MartletError) -> Int {
        try requireNoLayerWork()
        var possible = Set(VirtualMachineRules.diskSlots)
        if isAlive { possible = try await requireQMP().diskSlots() }
        try require(life.attachRequested())
        // Of disks that are on their way; one that has come, or was given up, is busy no more.
        promisedSlots = promisedSlots.filter { tools.disks.isBusy($0.key) && $0.key != disk }
        let promised = Set(promisedSlots.values).subtracting(configuration.disks.map(\.slot))
        let slot = try freeSlot(wanted, promised, possible)
        promisedSlots[disk] = slot
        return slot
    }

    private func freeSlot(_ wanted: Int?, _ promised: Set<Int>, _ possible: Set<Int>) throws(MartletError) -> Int {
        guard configuration.disks.count + promised.count < VirtualMachineRules.mostDisks else {
            throw MartletError(
                .tooMany, "'\(configuration.name)' has \(configuration.disks.count) disks already, and can't have more")
        }
        let taken = Set(configuration.disks.map(\.slot)).union(promised)
        if let wanted { return try check(slot: wanted, taken: taken, possible: possible) }
        if let free = possible.subtracting(taken).min() { return free }
        throw MartletError(
            .wrongState,
            "'\(configuration.name)' has no free place for a disk while it runs; turn it off first"
        )
    }

    private func check(slot: Int, taken: Set<Int>, possible: Set<Int>) throws(MartletError) -> Int {
        guard VirtualMachineRules.diskSlots.contains(slot) else {
            throw MartletError(
                .invalidArgument,
                "there is no slot \(slot) for a disk; use 0 to \(VirtualMachineRules.diskSlots.upperBound)")
        }
        guard !taken.contains(slot) else {
            throw MartletError(.inUse, "the slot \(slot) of '\(configuration.name)' has a disk already; choose another")
        }
        guard possible.contains(slot) else {
            throw MartletError(
                .wrongState,
                "the slot \(slot) isn't there while '\(configuration.name)' runs; use one below \(possible.count), or turn it off"
            )
        }
        return slot
    }

    /// Where a disk is, if it can be taken from the machine now.
    ///
    /// - Throws: `wrongState`, `notFound`.
    func slotForDetaching(_ disk: Disk) throws(MartletError) -> Int {
        try require(life.detachRequested())
        guard let attachment = configuration.disks.first(where: { $0.disk == disk.id }) else {
            throw MartletError(.notFound, "'\(configuration.name)' doesn't have the disk '\(disk.name)'")
        }
        return attachment.slot
    }

    // MARK: The configuration

    /// Puts a disk into the configuration.
    ///
    /// - Throws: `wrongState` when the machine is on its way somewhere; `inUse` when the slot was taken meanwhile; `storeFailed`.
    func add(_ disk: Disk, at slot: Int) async throws {
        var attached = disk
        attached.machine = id
        try await record(attached) { (configuration) throws(MartletError) in
            guard !configuration.disks.contains(where: { $0.disk == disk.id }) else { return }
            try self.require(self.life.attachRequested())
            guard !configuration.disks.contains(where: { $0.slot == slot }) else {
                throw MartletError(
                    .inUse, "the slot \(slot) of '\(configuration.name)' has a disk already; choose another")
            }
            configuration.disks.append(.init(disk: disk.id, slot: slot))
            configuration.disks.sort { $0.slot < $1.slot }
        }
    }

    /// Takes a disk out of the configuration, and records what is left of it.
    func remove(_ disk: Disk, leaving after: Disk) async throws {
        try await record(after) { $0.disks.removeAll { $0.disk == disk.id } }
    }

    /// Changes the configuration together with a disk's document.
    private func record(
        _ disk: Disk, _ change: (inout VirtualMachineConfiguration) throws(MartletError) -> Void
    ) async throws {
        try await store(with: [try .put(disk)], change)
        tools.disks.publish(disk)
        let layout = tools.layout
        async let diskKept: Void = BlockingWork.run { () throws(MartletError) in
            try Sidecar.write(disk, layout: layout)
        }
        // Without a suspension since the change, or an older configuration could come to stand there after a newer one.
        try Sidecar.write(configuration, layout: layout)
        try await diskKept
    }

    // MARK: QEMU

    /// Plugs a disk into a machine that isn't off; one that is off gets it with its next start.
    ///
    /// - Throws: `unavailable`, `inUse` for the file; `qemuFailed`.
    func plugIn(_ disk: Disk, at slot: Int) async throws {
        guard isAlive else { return }
        let qmp = try requireQMP()
        guard try await !qmp.hasDevice(MachineSpecification.DiskDevice.deviceID(of: disk.id)) else { return }
        if let owner = tools.guestUser?.owner { try FileEntry.setOwner(owner, of: tools.layout.absolute(disk.path)) }
        try await tools.disks.requireReachable(disk.id)
        guard let device = try tools.disks.devices([.init(disk: disk.id, slot: slot)]).first else { return }
        do {
            try await qmp.plug(device)
        } catch {
            // A file that another program has locked is the likeliest reason, and then it says who.
            try await tools.disks.requireUsable(disk)
            throw error
        }
    }

    /// Asks the guest to let go of a disk, waits until it has, and closes the file.
    ///
    /// - Throws: `wrongState` for a guest that stands still and can't be asked; `timedOut` when it doesn't in time: the disk stays
    ///   the machine's, and nothing is pulled by force.
    func pullOut(_ disk: Disk, at slot: Int, timeout: Duration, _ context: OperationContext) async throws {
        guard isAlive, let device = try tools.disks.devices([.init(disk: disk.id, slot: slot)]).first else { return }
        let qmp = try requireQMP()
        if try await qmp.hasDevice(device.deviceID) {
            try require(life.detachRequested())
            let refusal = try await ask(qmp, device.deviceID)
            try await waitForRelease(of: disk, device.deviceID, timeout: timeout, because: refusal)
        }
        // The guest may have powered itself off instead.
        guard isAlive else { return }
        try await qmp.closeNode(of: device)
    }

    /// What the guest wouldn't let go of stays recorded as the machine's: nobody else may write to it.
    ///
    /// - Throws: `inUse` for a disk that QEMU has.
    func requirePulledOut(_ disk: Disk) async throws(MartletError) {
        guard isAlive, try await requireQMP().hasDevice(MachineSpecification.DiskDevice.deviceID(of: disk.id)) else {
            return
        }
        throw MartletError(
            .inUse,
            "'\(configuration.name)' keeps the disk '\(disk.name)'; detach it when its guest runs, or when it is off",
            details: [.init("disk", disk.name)])
    }

    /// - Returns: why QEMU wouldn't ask; a request that is still open is such a reason, and no failure.
    private func ask(_ qmp: QMPClient, _ device: String) async throws(MartletError) -> MartletError? {
        do {
            try await qmp.execute(DeviceDel(id: device))
            return nil
        } catch {
            switch error.code {
            case .notFound: return nil
            case .qemuFailed: return error
            default: throw error
            }
        }
    }

    private func waitForRelease(
        of disk: Disk, _ device: String, timeout: Duration, because refusal: MartletError?
    ) async throws {
        let answer = await releases.wait(
            for: device, timeout: timeout, until: { _ in true },
            current: { await self.isReleased(device) ? true : nil })
        try Task.checkCancellation()
        // An event may have been lost; what QEMU has is the truth.
        if await isReleased(device) { return }
        throw MartletError(
            .timedOut,
            answer == nil
                ? "the guest of '\(configuration.name)' didn't let go of the disk '\(disk.name)' within \(timeout.components.seconds) s; it keeps it. See what uses it in there, and detach it again, with a longer --timeout, or with the machine off"
                : "the guest of '\(configuration.name)' refused to let go of the disk '\(disk.name)', and keeps it",
            details: [.init("disk", disk.name)], cause: refusal
        )
    }

    /// Whether QEMU doesn't have a device any more.
    private func isReleased(_ device: String) async -> Bool {
        guard isAlive else { return true }
        do {
            return try await !requireQMP().hasDevice(device)
        } catch {
            return false
        }
    }

    /// A device is gone, or the guest said that it keeps it.
    func deviceAnswered(_ device: String, released: Bool) {
        releases.notify(device, released)
        guard released,
            let disk = configuration.diskIDs.first(where: {
                MachineSpecification.DiskDevice.deviceID(of: $0) == device
            }), !tools.disks.isBusy(disk)
        else { return }
        // A guest that was too late for whoever asked, or pulled the disk out of its own will: what is so is recorded.
        tools.logger.notice(
            "a guest let go of a disk", metadata: ["vm": "\(configuration.name)", "disk": "\(disk)"])
        letGo(disk)
    }

    /// Gives a disk another capacity while QEMU has it.
    func resize(_ disk: Disk, to capacity: ByteCount) async throws {
        guard let slot = configuration.disks.first(where: { $0.disk == disk.id })?.slot,
            let device = try tools.disks.devices([.init(disk: disk.id, slot: slot)]).first
        else { return }
        try await requireQMP().resize(device, to: capacity)
    }

    /// What the machine's state allows to be done with its disk.
    ///
    /// - Parameter needsOff: what is done, if it needs the machine off.
    /// - Throws: `wrongState`.
    func requireDiskChange(needsOff what: String?) throws(MartletError) {
        try require(life.diskChangeRequested(needsOff: what))
    }

    /// Disks whose devices a guest let go of while nobody watched.
    func findReleasedDisks() async {
        for disk in configuration.diskIDs where !tools.disks.isBusy(disk) {
            let device = MachineSpecification.DiskDevice.deviceID(of: disk)
            if await isReleased(device), isAlive { deviceAnswered(device, released: true) }
        }
    }
}
