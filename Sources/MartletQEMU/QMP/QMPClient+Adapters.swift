import Glibc
package import MartletModel

/// Network adapters that come and go while the guest runs.
extension QMPClient {
    /// Gives the guest an adapter, whose tap is there; one that it has already is left alone.
    ///
    /// - Throws: as `execute`; `notFound`, `inUse` or `forbidden` for the tap.
    package func addAdapter(_ adapter: MachineSpecification.AdapterDevice) async throws(MartletError) {
        guard try await !hasDevice(adapter.deviceID) else { return }
        // What an attempt before has left.
        try await removeNetwork(adapter.slot)
        switch adapter.backend {
        case .user: _ = try await execute(NetdevAdd(type: "user", id: Self.network(adapter.slot)))
        case .tap(let name): try await addTap(name, slot: adapter.slot)
        }
        do throws(MartletError) {
            try await execute(DeviceAdd(device: QEMUArguments.device(of: adapter)))
        } catch {
            try? await removeNetwork(adapter.slot)
            throw error
        }
    }

    /// Takes an adapter from the guest, and waits until it has let it go.
    ///
    /// - Throws: as `removeDevice`; the guest keeps the adapter then.
    package func removeAdapter(slot: Int, timeout: Duration = .seconds(30)) async throws(MartletError) {
        try await removeDevice(MachineSpecification.AdapterDevice.deviceID(slot: slot), timeout: timeout)
        try await removeNetwork(slot)
    }

    /// QEMU's user has no right to the tap, so it gets a descriptor.
    private func addTap(_ name: String, slot: Int) async throws(MartletError) {
        let descriptor = try TapDescriptor.open(name)
        defer { Glibc.close(descriptor) }
        let id = Self.network(slot)
        try await hand(descriptor: descriptor, as: id)
        // The name is free again once it was used; if it wasn't, QEMU would keep the tap open.
        do throws(MartletError) {
            _ = try await execute(NetdevAdd(type: "tap", id: id, fd: id))
        } catch {
            _ = try? await execute(CloseFD(fdname: id))
            throw error
        }
    }

    /// One that isn't there is done already: QEMU says so in words alone.
    private func removeNetwork(_ slot: Int) async throws(MartletError) {
        do throws(MartletError) {
            _ = try await execute(NetdevDel(id: Self.network(slot)))
        } catch  where error.code == .qemuFailed || error.code == .notFound {}
    }

    private static func network(_ slot: Int) -> String { "network\(slot)" }
}

extension MachineSpecification.AdapterDevice {
    /// The id of the guest's device.
    var deviceID: String { Self.deviceID(slot: slot) }

    static func deviceID(slot: Int) -> String { "adapter\(slot)" }
}

struct CloseFD: QMPCommand {
    static let name = "closefd"
    typealias Reply = QMPEmpty

    var fdname: String
}

struct NetdevAdd: QMPCommand {
    static let name = "netdev_add"
    typealias Reply = QMPEmpty

    var type: String
    var id: String
    /// The name of a descriptor.
    var fd: String?
}

struct NetdevDel: QMPCommand {
    static let name = "netdev_del"
    typealias Reply = QMPEmpty

    var id: String
}
