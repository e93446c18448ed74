/// A virtual switch: what a machine's adapters are plugged into.
package struct VirtualSwitch: Hashable, Sendable {
    /// Whom its machines can reach.
    package enum Kind: String, Sendable, Codable, CaseIterable {
        /// A bridge of the host with DHCP, DNS and address translation to the outside; needs root.
        case nat
        /// QEMU's user-mode network: outgoing connections alone, no privilege.
        case user
        /// The guests and the host, and no way outside; needs root.
        case `internal`
        /// The guests alone; needs root.
        case `private`
        /// The guests on the network that an adapter of the host leads to; needs root.
        case external
    }

    package var id: ID<VirtualSwitch>
    package var name: String
    package var kind: Kind
    /// The IPv4 network of a `nat` or `internal` switch as `a.b.c.0/24`; the host is its first address.
    package var subnet: String?
    /// Whether a new machine gets an adapter here when none is named; true for one switch of a host.
    package var isDefault: Bool
    /// The host's adapter that an `external` switch takes.
    package var adapter: String?
    /// Whether a switch with a subnet gives out its addresses by DHCP. What was stored without it did.
    package var servesAddresses: Bool
    /// Ports of the host that lead to guests of a `nat` switch. What was stored without them had none.
    package var forwards: [PortForward]

    package init(
        id: ID<VirtualSwitch>, name: String, kind: Kind, subnet: String?, isDefault: Bool, adapter: String? = nil,
        servesAddresses: Bool = true, forwards: [PortForward] = []
    ) {
        self.id = id
        self.name = name
        self.kind = kind
        self.subnet = subnet
        self.isDefault = isDefault
        self.adapter = adapter
        self.servesAddresses = servesAddresses
        self.forwards = forwards
    }
}

extension VirtualSwitch: Codable {
    package init(from decoder: any Decoder) throws {
        let container = try decoder.container(keyedBy: CodingKeys.self)
        id = try container.decode(ID<VirtualSwitch>.self, forKey: .id)
        name = try container.decode(String.self, forKey: .name)
        kind = try container.decode(Kind.self, forKey: .kind)
        subnet = try container.decodeIfPresent(String.self, forKey: .subnet)
        isDefault = try container.decode(Bool.self, forKey: .isDefault)
        adapter = try container.decodeIfPresent(String.self, forKey: .adapter)
        servesAddresses = try container.decodeIfPresent(Bool.self, forKey: .servesAddresses) ?? true
        forwards = try container.decodeIfPresent([PortForward].self, forKey: .forwards) ?? []
    }
}

extension VirtualSwitch.Kind {
    /// Whether it is a bridge of the host, with a tap for each adapter.
    package var isBridge: Bool { self != .user }
    /// Whether the host has an address on it.
    package var hasSubnet: Bool { self == .nat || self == .internal }
}
