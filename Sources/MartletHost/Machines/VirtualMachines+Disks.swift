import Logging
import MartletLinux
package import MartletModel
import MartletQEMU
import MartletStore

/// What is asked of a disk that a machine has, or will have.
extension VirtualMachines {
    /// Who asks for what a guest did by itself.
    static let ourselves = Principal(name: "martletd", role: .administrator)

    /// Begins to give a disk to a machine, which may run.
    ///
    /// - Throws: `notFound`, `inUse`, `wrongState`, `unsupported` (the format), `unavailable` (the pool), `invalidArgument`.
    package func attach(
        _ disk: ID<Disk>, _ request: AttachDiskRequest, by principal: Principal
    ) async throws(MartletError) -> Operation {
        let machine = try find(request.machine)
        let found = try tools.disks.find("\(disk)")
        if let owner = found.machine {
            let name = (try? find("\(owner)"))?.name ?? "\(owner)"
            throw MartletError(
                .inUse, "the disk '\(found.name)' belongs to the machine '\(name)'; detach it there first")
        }
        try tools.disks.requireFree(disk, for: machine.id)
        try tools.disks.markBusy(disk, "attached")
        do {
            try await tools.disks.requireUsable(found)
            let slot = try await driver(machine.id).chooseSlot(request.slot, for: disk)
            return try await tools.operations.begin(
                AttachmentOperations.attachKind, title: "attach disk \(found.name) to \(machine.name)",
                subject: "\(disk)",
                input: AttachmentOperations.Attach(disk: found, machine: machine.id, slot: slot), by: principal)
        } catch {
            tools.disks.unmarkBusy(disk)
            throw error
        }
    }

    /// Begins to take a disk from its machine; a running guest has to let go of it.
    ///
    /// - Throws: `notFound`, `inUse`, `wrongState`, `invalidArgument`.
    package func detach(
        _ disk: ID<Disk>, _ request: DetachDiskRequest, by principal: Principal
    ) async throws(MartletError) -> Operation {
        let timeout = request.timeoutInSeconds ?? 30
        guard (1...3_600).contains(timeout) else {
            throw MartletError(.invalidArgument, "a timeout of \(timeout) s can't be used; give 1 to 3600 seconds")
        }
        let found = try tools.disks.find("\(disk)")
        guard let owner = found.machine else {
            throw MartletError(
                .wrongState, "the disk '\(found.name)' belongs to no machine; there is nothing to detach")
        }
        let driver = try driver(owner)
        try tools.disks.requireNoLayers(found, to: "be detached")
        try tools.disks.markBusy(disk, "detached")
        do {
            let slot = try await driver.slotForDetaching(found)
            let configuration = await driver.configuration
            var after = found
            after.machine = nil
            after.path = tools.disks.pathOutside(configuration.folder, of: found)
            return try await tools.operations.begin(
                AttachmentOperations.detachKind, title: "detach disk \(found.name) from \(configuration.name)",
                subject: "\(disk)",
                input: AttachmentOperations.Detach(
                    disk: found, after: after, machine: owner, slot: slot, timeoutInSeconds: timeout),
                by: principal)
        } catch {
            tools.disks.unmarkBusy(disk)
            throw error
        }
    }

    /// Begins to give a disk another capacity.
    ///
    /// - Throws: `notFound`, `inUse`, `wrongState`, `invalidArgument`, `contradictory`, `unsupported`.
    package func resize(
        _ disk: ID<Disk>, _ request: ResizeDiskRequest, by principal: Principal
    ) async throws(MartletError) -> Operation {
        let found = try tools.disks.find("\(disk)")
        try check(request, for: found)
        try tools.disks.markBusy(disk, "resized")
        do {
            let isSmaller = request.capacity < found.capacity
            try await requireDiskChange(found, needsOff: isSmaller ? "make its disk smaller" : nil)
            if await !hasQEMU(found) {
                try await tools.disks.requireUsable(found)
                if isSmaller { try await requireNothingBeyond(request.capacity, of: found) }
            }
            return try await tools.operations.begin(
                AttachmentOperations.resizeKind, title: "resize disk \(found.name) to \(request.capacity)",
                subject: "\(disk)", input: AttachmentOperations.Resize(disk: found, capacity: request.capacity),
                by: principal)
        } catch {
            tools.disks.unmarkBusy(disk)
            throw error
        }
    }

    private func check(_ request: ResizeDiskRequest, for disk: Disk) throws(MartletError) {
        try tools.disks.requireNoLayers(disk, to: "be resized")
        try VirtualMachineRules.check(diskCapacity: request.capacity)
        guard disk.format.isForMachines else {
            throw MartletError(
                .unsupported, "a \(disk.format.image) can't be resized; convert '\(disk.name)' to qcow2 or raw first")
        }
        guard request.capacity != disk.capacity else {
            throw MartletError(.contradictory, "the disk '\(disk.name)' has \(disk.capacity) already")
        }
        guard request.capacity > disk.capacity || disk.backing == nil else {
            throw MartletError(
                .unsupported,
                "the disk '\(disk.name)' is a linked copy of an image, which can't become smaller; make a disk of its own of it first: `martlet disk convert '\(disk.name)' --format qcow2 --name NEW`"
            )
        }
        guard request.capacity > disk.capacity || request.shrink == true else {
            throw MartletError(
                .contradictory,
                "the disk '\(disk.name)' has \(disk.capacity), and \(request.capacity) is less; what lies beyond would be gone. If that is wanted, give --shrink"
            )
        }
    }

    private func requireNothingBeyond(_ capacity: ByteCount, of disk: Disk) async throws(MartletError) {
        try await tools.disks.requireTool().requireEmpty(
            path: tools.layout.absolute(disk.path), format: disk.format, from: capacity, user: tools.guestUser)
    }

    /// Begins to convert a disk, or to make a new one of another format of it.
    ///
    /// - Throws: as `Disks.convert`; `wrongState` when the disk's machine isn't off.
    package func convert(
        _ disk: ID<Disk>, _ request: ConvertDiskRequest, by principal: Principal
    ) async throws(MartletError) -> Operation {
        let found = try tools.disks.find("\(disk)")
        try await requireDiskChange(found, needsOff: "convert its disk")
        return try await tools.disks.convert(found, request, by: principal)
    }

    /// Begins to write a copy of a disk into a file.
    ///
    /// - Throws: as `Disks.export`; `wrongState` when the disk's machine isn't off.
    package func export(
        _ disk: ID<Disk>, _ request: ExportDiskRequest, by principal: Principal
    ) async throws(MartletError) -> Operation {
        let found = try tools.disks.find("\(disk)")
        try await requireDiskChange(found, needsOff: "export its disk")
        return try await tools.disks.export(found, request, by: principal)
    }

    // MARK: Readers

    /// Disks with what is seen of them now.
    package func described(_ disks: [Disk]) async -> [Disk] {
        let pools = Dictionary(tools.disks.pools.all().map { ($0.id, $0.name) }, uniquingKeysWith: { $1 })
        let paths = disks.map { tools.layout.absolute($0.path) }
        let allocated = try? await BlockingWork.run { () throws(MartletError) in paths.map { FileEntry.allocated($0) } }
        return disks.enumerated().map { index, disk in
            let machine = disk.machine.flatMap { try? find("\($0)") }
            var disk = disk
            disk.status = DiskStatus(
                isPresent: allocated?[index] != nil,
                allocated: allocated?[index],
                pool: pools[disk.pool ?? Pools.rootID] ?? "",
                machine: machine?.name,
                slot: machine?.configuration.disks.first { $0.disk == disk.id }?.slot,
                isInUse: machine.map { $0.state != .off } ?? false || tools.disks.isBusy(disk.id)
            )
            return disk
        }
    }

    // MARK: Small parts

    private func requireDiskChange(_ disk: Disk, needsOff what: String?) async throws(MartletError) {
        guard let owner = disk.machine else { return }
        try await driver(owner).requireDiskChange(needsOff: what)
    }

    private func hasQEMU(_ disk: Disk) async -> Bool {
        guard let owner = disk.machine, let driver = try? driver(owner) else { return false }
        return await driver.isAlive
    }

    /// Gives a disk another capacity, by QEMU if one has it.
    func setCapacity(of disk: Disk, to capacity: ByteCount) async throws {
        await untilSettled()
        if await hasQEMU(disk), let owner = disk.machine {
            return try await driver(owner).resize(disk, to: capacity)
        }
        try await tools.disks.requireTool().resize(
            path: tools.layout.absolute(disk.path), format: disk.format,
            over: try tools.disks.chain(of: disk), to: capacity, user: tools.guestUser)
    }

    /// A guest let go of a disk by itself, or later than somebody waited for it: the disk is detached.
    func detachReleased(_ disk: ID<Disk>) async {
        do {
            _ = try await detach(disk, DetachDiskRequest(), by: Self.ourselves)
        } catch {
            tools.logger.warning(
                "a disk that its guest let go of can't be detached",
                metadata: ["disk": "\(disk)", "error": "\(error)"])
        }
    }
}
