package import MartletModel

/// What a `nat` switch looks like on its host: everything follows from the switch's short id and its network.
package struct SwitchPlan: Hashable, Sendable {
    /// The first eight hexadecimal digits of the switch's id.
    package let shortID: String
    /// A /24.
    package let network: IPv4Network

    /// - Throws: `invalidArgument` for a short id that isn't eight hexadecimal digits, and for a network that isn't `a.b.c.0/24`.
    package init(shortID: String, subnet: String) throws(MartletError) {
        guard shortID.utf8.count == 8, shortID.allSatisfy({ $0.isHexDigit && !$0.isUppercase }) else {
            throw MartletError(
                .invalidArgument, "the switch's short id '\(shortID)' is not eight lower-case hexadecimal digits")
        }
        guard let network = IPv4Network(subnet), network.prefixLength == 24, network.description == subnet else {
            throw MartletError(.invalidArgument, "the subnet '\(subnet)' is not of the form a.b.c.0/24")
        }
        self.shortID = shortID
        self.network = network
    }

    /// The bridge: 11 bytes, of the 15 that the kernel allows. Taps have an index after a machine's short id, so no two meet.
    package var bridge: String { "mlt\(shortID)" }
    /// The nftables table, of the family `inet`.
    package var table: String { "martlet_\(shortID)" }
    /// The host's own address on the bridge.
    package var gateway: String { network.host(1) }
    /// The addresses that DHCP gives out.
    package var firstLease: String { network.host(10) }
    package var lastLease: String { network.host(250) }

    /// The bridge's hardware address; fixed, since a bridge without one changes it with its ports and guests lose their gateway.
    package var hardwareAddress: String {
        let digits = Array(shortID.suffix(6))
        let pairs = stride(from: 0, to: 6, by: 2).map { String(digits[$0...$0 + 1]) }
        return (["52", "54", "00"] + pairs).joined(separator: ":")
    }
}
