import ArgumentParser
import MartletModel

/// What is chosen of an adapter, by `adapter add` and `adapter set` alike.
struct AdapterOptions: ParsableArguments {
    @Option(name: .customLong("switch"), help: "The switch that it is plugged into; the default one for a new adapter.")
    var switchName: String?

    @Option(help: "Six octets, such as 52:54:00:12:34:56; chosen for a new adapter.")
    var hardwareAddress: String?

    @Option(help: "The IPv4 address that a nat or internal switch always gives it, or none for any.")
    var address: String?

    @Option(help: ArgumentHelp("The VLAN that it is in, 1 to 4094, or none.", valueName: "number"))
    var vlan: VLANOption?

    @Option(help: ArgumentHelp("The most that it sends, and receives, such as 100Mbit, or none.", valueName: "rate"))
    var limit: BitRate?

    @Flag(inversion: .prefixedNo, help: "Let it send from other addresses than its own; off for a new adapter.")
    var allowSpoofing: Bool?

    @Flag(
        name: .customLong("dhcp-guard"), inversion: .prefixedNo,
        help: "Keep it from being a DHCP server; on for a new adapter.")
    var dhcpGuard: Bool?

    @Flag(inversion: .prefixedNo, help: "Keep it from announcing itself as a router; on for a new adapter.")
    var routerGuard: Bool?

    var request: AdapterRequest {
        AdapterRequest(
            switch: switchName, hardwareAddress: hardwareAddress, address: address.map { $0 == "none" ? "" : $0 },
            vlan: vlan?.number, bandwidthLimit: limit?.bitsPerSecond, allowsAddressSpoofing: allowSpoofing,
            dhcpGuard: dhcpGuard, routerGuard: routerGuard)
    }
}

/// A VLAN's number, or `none`.
struct VLANOption: ExpressibleByArgument, Sendable {
    /// 0 for none.
    var number: Int

    init?(argument: String) {
        guard argument != "none" else {
            number = 0
            return
        }
        guard let number = Int(argument), VirtualMachineRules.vlans.contains(number) else { return nil }
        self.number = number
    }
}

/// A rate such as `100Mbit` or `1Gbit`, or `none`.
struct BitRate: ExpressibleByArgument, Sendable {
    /// 0 for none.
    var bitsPerSecond: Int64

    private static let units: [(suffix: String, factor: Int64)] = [
        ("kbit", 1_000), ("mbit", 1_000_000), ("gbit", 1_000_000_000), ("tbit", 1_000_000_000_000),
    ]

    init?(argument: String) {
        let text = argument.lowercased()
        guard text != "none" else {
            bitsPerSecond = 0
            return
        }
        guard let unit = Self.units.first(where: { text.hasSuffix($0.suffix) }),
            let number = Int64(text.dropLast(unit.suffix.count)), number > 0
        else { return nil }
        let (product, isTooMuch) = number.multipliedReportingOverflow(by: unit.factor)
        guard !isTooMuch, VirtualMachineRules.bandwidth.contains(product) else { return nil }
        bitsPerSecond = product
    }

    /// Such as `100 Mbit/s`, in the largest unit that says it exactly.
    static func text(_ bitsPerSecond: Int64) -> String {
        for (name, factor) in [
            ("Tbit", 1_000_000_000_000), ("Gbit", 1_000_000_000), ("Mbit", 1_000_000), ("kbit", 1_000),
        ]
        where bitsPerSecond >= factor && bitsPerSecond % Int64(factor) == 0 {
            return "\(bitsPerSecond / Int64(factor)) \(name)/s"
        }
        return "\(bitsPerSecond) bit/s"
    }
}
