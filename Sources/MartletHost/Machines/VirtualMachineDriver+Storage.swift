import Logging
import MartletLinux
import MartletModel
import MartletQEMU

/// A machine whose disk has no room or fails stands still rather than lose a write, and goes on once that is over.
extension VirtualMachineDriver {
    /// QEMU told that a disk failed; with the action `stop` the guest stands still, and what it wrote waits to be written again.
    func diskFailed(_ error: QMPEvent.BlockIOError) {
        let disk = configuration.diskIDs.first { (try? tools.disks.find("\($0)"))?.hasNode(error.node) ?? false }
        tools.logger.warning(
            "a disk failed",
            metadata: [
                "vm": "\(configuration.name)", "disk": "\(disk.map { "\($0)" } ?? error.node)",
                "operation": "\(error.operation)", "action": "\(error.action)", "error": "\(error.reason)",
            ]
        )
        guard error.action == "stop", let disk else { return }
        standStill(disk, hasNoSpace: error.hasNoSpace, reason: error.reason)
        turn { $0.executionChanged(.critical) }
    }

    /// Looks which disk stopped the guest, where nobody heard QEMU tell it.
    func findStorageFault() async throws(MartletError) {
        let devices = try await requireQMP().execute(QueryBlock())
        for device in devices {
            guard let status = device.ioStatus, status != "ok",
                let disk = configuration.diskIDs.first(where: { disk in
                    let id = MachineSpecification.DiskDevice.deviceID(of: disk)
                    return device.path?.split(separator: "/").contains(Substring(id)) ?? false
                })
            else { continue }
            return standStill(disk, hasNoSpace: status == "nospace", reason: "an I/O error")
        }
        if storageFault == nil, let first = configuration.diskIDs.first {
            standStill(first, hasNoSpace: false, reason: "an I/O error")
        }
    }

    private func standStill(_ id: ID<Disk>, hasNoSpace: Bool, reason: String) {
        let disk = try? tools.disks.find("\(id)")
        let name = disk?.name ?? "\(id)"
        let pool = tools.disks.pools.pool(of: disk?.pool)
        let place = pool.map { "the pool '\($0.name)' at '\($0.path)'" } ?? "its pool"
        var details = [MartletError.Detail("disk", name), .init("pool", pool?.name ?? "")]
        if let pool, let space = try? Folder.space(pool.path) { details.append(.init("free", "\(space.free.bytes)")) }
        let failure =
            hasNoSpace
            ? Failure(
                code: "\(MartletError.Code.insufficientSpace)",
                message: "the disk '\(name)' has no room: \(place) is full; it goes on by itself when there is room",
                details: details)
            : Failure(
                code: "\(MartletError.Code.ioFailed)",
                message:
                    "the disk '\(name)' in \(place) failed: \(reason); it is tried again now and then, and at once by `martlet vm resume`; if what was written is lost, only turning the machine off and starting it helps",
                details: details)
        storageFault = StorageFault(disk: id, hasNoSpace: hasNoSpace, failure: failure)
    }

    /// Lets a guest go on whose disk failed; what it was writing is written again. It may stop again at once.
    ///
    /// - Throws: `unavailable`, `qemuFailed`.
    func goOn() async throws(MartletError) {
        let fault = storageFault
        storageFault = nil
        do {
            try await requireQMP().execute(Cont())
        } catch {
            storageFault = storageFault ?? fault
            throw error
        }
        // A disk that failed again meanwhile has been told already.
        if storageFault == nil { turn { $0.executionChanged(.running) } }
    }

    /// As `goOn`, for a machine that still waits.
    func goOnIfCritical() async {
        guard case .live(.critical) = life.state, let fault = storageFault else { return }
        do {
            try await tools.disks.requireReachable(fault.disk)
            try await goOn()
            tools.logger.notice(
                "a machine that waited for its disk was told to go on", metadata: ["vm": "\(configuration.name)"])
        } catch {
            tools.logger.debug(
                "a machine still waits for its disk", metadata: ["vm": "\(configuration.name)", "error": "\(error)"])
        }
    }
}

extension Disks {
    /// Whether a disk's file is there, in a pool that is.
    ///
    /// - Throws: `notFound`, `unavailable`.
    func requireReachable(_ id: ID<Disk>) async throws(MartletError) {
        let disk = try find("\(id)")
        if let pool = pools.pool(of: disk.pool) { try await pools.requirePresent(pool) }
        guard ([disk.top] + disk.chain.map(\.file)).allSatisfy({ FileEntry.exists(layout.absolute($0.path)) }) else {
            throw MartletError(.notFound, "a file of the disk '\(disk.name)' is gone")
        }
    }
}
