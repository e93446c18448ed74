package import MartletModel

/// What a switch looks like on its host: everything follows from the switch's short id and what is wanted of it.
package struct SwitchPlan: Hashable, Sendable {
    package enum Kind: Hashable, Sendable {
        /// The host and the guests, and through the host's address the outside.
        case nat
        /// The host and the guests.
        case `internal`
        /// The guests alone.
        case `private`
        /// The guests on the network that this adapter of the host leads to.
        case external(adapter: String)

        /// Whether it is up though nobody is plugged in: taking an adapter and giving it back is nothing to do in passing.
        package var isLasting: Bool {
            if case .external = self { true } else { false }
        }
    }

    /// The first eight hexadecimal digits of the switch's id.
    package let shortID: String
    package let kind: Kind
    /// A /24 for `nat` and `internal`, else nil.
    package let network: IPv4Network?
    /// Whether dnsmasq gives out addresses.
    package let servesAddresses: Bool
    /// Addresses that are kept for certain adapters.
    package var reservations: [AddressReservation] = []
    package var forwards: [ForwardPlan] = []

    /// A switch of kind `nat`.
    ///
    /// - Throws: as the other.
    package init(shortID: String, subnet: String) throws(MartletError) {
        try self.init(shortID: shortID, kind: .nat, subnet: subnet, servesAddresses: true)
    }

    /// - Throws: `invalidArgument` for a short id that isn't eight hexadecimal digits, for a network that isn't `a.b.c.0/24`, for
    ///   one that is missing or not wanted, and for an adapter's name that the kernel wouldn't have.
    package init(shortID: String, kind: Kind, subnet: String?, servesAddresses: Bool) throws(MartletError) {
        guard shortID.utf8.count == 8, shortID.allSatisfy({ $0.isHexDigit && !$0.isUppercase }) else {
            throw MartletError(
                .invalidArgument, "the switch's short id '\(shortID)' is not eight lower-case hexadecimal digits")
        }
        if case .external(let adapter) = kind { try InterfaceName.check(hostAdapter: adapter) }
        self.shortID = shortID
        self.kind = kind
        network = try Self.network(subnet, for: kind)
        self.servesAddresses = servesAddresses && network != nil
    }

    private static func network(_ subnet: String?, for kind: Kind) throws(MartletError) -> IPv4Network? {
        switch (kind, subnet) {
        case (.private, nil), (.external, nil): return nil
        case (.private, let subnet?), (.external, let subnet?):
            throw MartletError(
                .invalidArgument,
                "a switch of this kind has no subnet of the host's; leave '\(subnet)' out, or use kind nat or internal")
        case (_, let subnet):
            guard let subnet, let network = IPv4Network(subnet), network.prefixLength == 24,
                network.description == subnet
            else {
                throw MartletError(
                    .invalidArgument, "the subnet '\(subnet ?? "")' is not of the form a.b.c.0/24")
            }
            return network
        }
    }

    /// Whether another plan differs from it in nothing but the addresses that are kept, which no rule names.
    package func differsInReservationsAlone(from other: SwitchPlan) -> Bool {
        var same = other
        same.reservations = reservations
        return same == self
    }

    /// The bridge: 11 bytes, of the 15 that the kernel allows. Taps have an index after a machine's short id, so no two meet.
    package var bridge: String { "mlt\(shortID)" }
    /// The nftables tables, one of the family `inet` and one of the family `bridge`.
    package var table: String { "martlet_\(shortID)" }
    /// The host's own address on the bridge; nil where it has none of ours.
    package var gateway: String? { network?.host(1) }
    /// The addresses that DHCP gives out.
    package var firstLease: String? { network?.host(10) }
    package var lastLease: String? { network?.host(250) }

    /// The bridge's hardware address; fixed, since a bridge without one changes it with its ports and guests lose their gateway.
    package var hardwareAddress: String {
        let digits = Array(shortID.suffix(6))
        let pairs = stride(from: 0, to: 6, by: 2).map { String(digits[$0...$0 + 1]) }
        return (["52", "54", "00"] + pairs).joined(separator: ":")
    }
}

/// An address that DHCP gives to one hardware address and nobody else.
package struct AddressReservation: Hashable, Sendable {
    package var hardwareAddress: String
    package var address: String

    package init(hardwareAddress: String, address: String) {
        self.hardwareAddress = hardwareAddress
        self.address = address
    }
}

/// A port of the host that leads to a guest.
package struct ForwardPlan: Hashable, Sendable {
    /// `tcp` or `udp`.
    package var transport: String
    /// The host's address that it is for; nil for all.
    package var hostAddress: String?
    package var hostPort: UInt16
    package var address: String
    package var port: UInt16

    package init(transport: String, hostAddress: String?, hostPort: UInt16, address: String, port: UInt16) {
        self.transport = transport
        self.hostAddress = hostAddress
        self.hostPort = hostPort
        self.address = address
        self.port = port
    }
}
