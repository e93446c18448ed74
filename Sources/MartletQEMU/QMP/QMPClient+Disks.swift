package import MartletModel

/// Disks that come, go and grow while the machine runs.
extension QMPClient {
    /// Plugs a disk into the port of its slot; one that is there stays.
    ///
    /// - Throws: `qemuFailed` when QEMU can't open the file or has no such port; nothing is plugged in then. As `execute`.
    package func plug(_ disk: MachineSpecification.DiskDevice) async throws(MartletError) {
        let nodes = try await execute(QueryNamedBlockNodes())
        if !nodes.contains(where: { $0.nodeName == disk.nodeName }) {
            try await execute(BlockdevAdd(node: QEMUArguments.node(of: disk)))
        }
        if try await hasDevice(disk.deviceID) { return }
        do {
            try await execute(DeviceAdd(device: QEMUArguments.device(of: disk)))
        } catch {
            // What QEMU opened for nothing; why it wasn't plugged in is what counts.
            _ = try? await execute(BlockdevDel(nodeName: disk.nodeName))
            throw error
        }
    }

    /// Closes the file of a disk whose device is gone; one that is closed stays so.
    ///
    /// - Throws: `qemuFailed` while a device uses it; as `execute`.
    package func closeNode(of disk: MachineSpecification.DiskDevice) async throws(MartletError) {
        let nodes = try await execute(QueryNamedBlockNodes())
        guard nodes.contains(where: { $0.nodeName == disk.nodeName }) else { return }
        try await execute(BlockdevDel(nodeName: disk.nodeName))
    }

    /// Gives a disk another capacity.
    ///
    /// - Throws: `qemuFailed`; as `execute`.
    package func resize(
        _ disk: MachineSpecification.DiskDevice, to capacity: ByteCount
    ) async throws(MartletError) {
        try await execute(
            BlockResize(nodeName: disk.nodeName, size: capacity.bytes), timeout: .seconds(60))
    }

    /// The slots that this machine was started with ports for.
    package func diskSlots() async throws(MartletError) -> Set<Int> {
        let devices = Set(try await execute(QOMList(path: "/machine/peripheral")).map(\.name))
        return Set((0..<MachineSpecification.Limit.disks).filter { devices.contains(PCILayout.diskPort($0).name) })
    }
}
