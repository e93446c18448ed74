extension VirtualMachineConfiguration {
    /// A disk of the machine, in a place of its own: what a slot holds keeps its address when others come and go.
    package struct DiskAttachment: Hashable, Sendable, Codable {
        package var disk: ID<Disk>
        /// From 0.
        package var slot: Int

        package init(disk: ID<Disk>, slot: Int) {
            self.disk = disk
            self.slot = slot
        }
    }

    /// A drive for ISO images.
    package struct ISODrive: Hashable, Sendable, Codable {
        /// From 0.
        package var slot: Int
        /// An image of kind `iso`; nil for an empty drive.
        package var image: ID<Image>?

        package init(slot: Int, image: ID<Image>?) {
            self.slot = slot
            self.image = image
        }
    }

    /// A network adapter: a virtio-net device on a switch.
    package struct Adapter: Hashable, Sendable, Codable {
        /// From 0.
        package var slot: Int
        package var `switch`: ID<VirtualSwitch>
        /// Six octets in lower-case hex with colons.
        package var hardwareAddress: String
        /// The IPv4 address that the switch's DHCP always gives it; nil for one from its range.
        package var address: String?
        /// The VLAN that its frames belong to, 1 to 4,094; nil for none.
        package var vlan: Int?
        /// The most it may send, and the most it may receive, in bits a second; nil for no limit.
        package var bandwidthLimit: Int64?
        /// Whether it may send from other addresses than its own; a guest that is a host itself needs that.
        package var allowsAddressSpoofing: Bool
        /// Whether it is kept from being a DHCP server.
        package var dhcpGuard: Bool
        /// Whether it is kept from announcing itself as a router.
        package var routerGuard: Bool

        package init(
            slot: Int, switch: ID<VirtualSwitch>, hardwareAddress: String, address: String? = nil, vlan: Int? = nil,
            bandwidthLimit: Int64? = nil, allowsAddressSpoofing: Bool = false, dhcpGuard: Bool = true,
            routerGuard: Bool = true
        ) {
            self.slot = slot
            self.switch = `switch`
            self.hardwareAddress = hardwareAddress
            self.address = address
            self.vlan = vlan
            self.bandwidthLimit = bandwidthLimit
            self.allowsAddressSpoofing = allowsAddressSpoofing
            self.dhcpGuard = dhcpGuard
            self.routerGuard = routerGuard
        }
    }

    package var diskIDs: [ID<Disk>] { disks.map(\.disk) }
}
