/// A virtual switch: what a machine's adapters are plugged into.
package struct VirtualSwitch: Hashable, Sendable, Codable {
    package enum Kind: String, Sendable, Codable, CaseIterable {
        /// A bridge of the host with DHCP, DNS and address translation to the outside; needs root.
        case nat
        /// QEMU's user-mode network: outgoing connections alone, no privilege.
        case user
    }

    package var id: ID<VirtualSwitch>
    package var name: String
    package var kind: Kind
    /// The IPv4 network of a `nat` switch as `a.b.c.0/24`; the host is its first address.
    package var subnet: String?
    /// Whether a new machine gets an adapter here when none is named; true for one switch of a host.
    package var isDefault: Bool

    package init(id: ID<VirtualSwitch>, name: String, kind: Kind, subnet: String?, isDefault: Bool) {
        self.id = id
        self.name = name
        self.kind = kind
        self.subnet = subnet
        self.isDefault = isDefault
    }
}
