/// What a switch was seen to be.
package struct VirtualSwitchStatus: Hashable, Sendable, Codable {
    /// An adapter that is plugged in.
    package struct PluggedAdapter: Hashable, Sendable, Codable {
        package var machine: ID<VirtualMachine>
        package var machineName: String
        package var slot: Int
        package var hardwareAddress: String
        /// What it was given, where the switch gives addresses.
        package var address: String?

        package init(
            machine: ID<VirtualMachine>, machineName: String, slot: Int, hardwareAddress: String, address: String?
        ) {
            self.machine = machine
            self.machineName = machineName
            self.slot = slot
            self.hardwareAddress = hardwareAddress
            self.address = address
        }
    }

    /// An address that DHCP has given out.
    package struct Lease: Hashable, Sendable, Codable {
        package var address: String
        package var hardwareAddress: String
        /// What the guest calls itself.
        package var hostName: String?
        package var ends: Moment

        package init(address: String, hardwareAddress: String, hostName: String?, ends: Moment) {
            self.address = address
            self.hardwareAddress = hardwareAddress
            self.hostName = hostName
            self.ends = ends
        }
    }

    /// Whether its bridge is there; true of a `user` switch always.
    package var isUp: Bool
    package var adapters: [PluggedAdapter]
    package var leases: [Lease]

    package init(isUp: Bool, adapters: [PluggedAdapter], leases: [Lease]) {
        self.isUp = isUp
        self.adapters = adapters
        self.leases = leases
    }
}
