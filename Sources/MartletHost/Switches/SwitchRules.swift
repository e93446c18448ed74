import MartletLinux
import MartletModel

/// What can be asked of switches, apart from what only the host knows.
enum SwitchRules {
    static let mostForwards = 1_000

    /// - Throws: `invalidArgument`, `contradictory`.
    static func check(_ request: CreateVirtualSwitchRequest) throws(MartletError) {
        _ = try ResourceName(request.name)
        let kind = request.kind.rawValue
        if let subnet = request.subnet {
            guard request.kind.hasSubnet else {
                throw MartletError(
                    .contradictory, "a switch of kind \(kind) has no subnet of the host's; leave out '\(subnet)'")
            }
            guard let network = IPv4Network(subnet), network.prefixLength == 24, network.description == subnet,
                let first = UInt8(subnet.prefix { $0 != "." }), (1...223).contains(first), first != 127
            else {
                throw MartletError(
                    .invalidArgument, "the subnet '\(subnet)' is not of the form a.b.c.0/24, as 192.168.7.0/24 is")
            }
        }
        if request.servesAddresses == false, request.kind != .internal {
            throw MartletError(
                .contradictory, "only a switch of kind internal can be without DHCP; this one is of kind \(kind)")
        }
        switch (request.kind, request.adapter) {
        case (.external, nil):
            throw MartletError(
                .contradictory, "a switch of kind external needs an adapter of the host; name it with --adapter")
        case (.external, _?), (_, nil): return
        case (_, let adapter?):
            throw MartletError(
                .contradictory,
                "a switch of kind \(kind) takes no adapter; leave out '\(adapter)', or use kind external")
        }
    }

    /// Checks an address that an adapter is to have for good.
    ///
    /// - Throws: `contradictory`.
    static func check(_ address: String, in network: IPv4Network) throws(MartletError) {
        guard let number = network.number(of: address), (2...254).contains(number) else {
            throw MartletError(
                .contradictory,
                "the address '\(address)' can't be had on \(network); use \(network.host(2)) to \(network.host(254))")
        }
    }

    /// - Throws: `invalidArgument`.
    static func port(_ number: Int) throws(MartletError) -> UInt16 {
        guard let port = UInt16(exactly: number), port > 0 else {
            throw MartletError(.invalidArgument, "\(number) is not a port; use 1 to 65535")
        }
        return port
    }

    /// - Throws: `invalidArgument`.
    static func check(hostAddress: String) throws(MartletError) {
        guard IPv4Network(hostAddress)?.description == "\(hostAddress)/32" else {
            throw MartletError(.invalidArgument, "'\(hostAddress)' is not an IPv4 address of the host")
        }
    }
}
