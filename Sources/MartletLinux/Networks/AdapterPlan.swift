package import MartletModel

/// What one guest's adapter is to the switch that its tap is plugged into.
package struct AdapterPlan: Hashable, Sendable {
    package var tap: String
    /// Six octets in lower-case hex with colons.
    package var hardwareAddress: String
    /// The only IPv4 address that it may send with; nil for any.
    package var address: String?
    /// 1 to 4094; nil for the network without a tag.
    package var vlan: Int?
    /// In bits a second, each way; nil for no limit.
    package var bandwidthLimit: Int64?
    /// Whether it may send with other hardware and IPv4 addresses than its own.
    package var allowsAddressSpoofing: Bool
    /// Whether what only a DHCP server sends is dropped.
    package var hasDHCPGuard: Bool
    /// Whether router advertisements and redirects are dropped.
    package var hasRouterGuard: Bool

    /// - Throws: `invalidArgument` for values that would mean something else in a rule or that the kernel doesn't take.
    package init(
        tap: String, hardwareAddress: String, address: String? = nil, vlan: Int? = nil, bandwidthLimit: Int64? = nil,
        allowsAddressSpoofing: Bool = false, hasDHCPGuard: Bool = true, hasRouterGuard: Bool = true
    ) throws(MartletError) {
        try InterfaceName.check(tap)
        guard Self.isHardwareAddress(hardwareAddress) else {
            throw MartletError(
                .invalidArgument,
                "'\(hardwareAddress)' is not a hardware address; write six octets such as 52:54:00:12:34:56")
        }
        if let address, IPv4Network(address)?.description != "\(address)/32" {
            throw MartletError(.invalidArgument, "'\(address)' is not an IPv4 address")
        }
        if let vlan, !(1...4094).contains(vlan) {
            throw MartletError(.invalidArgument, "\(vlan) is not a VLAN; use 1 to 4094")
        }
        self.tap = tap
        self.hardwareAddress = hardwareAddress
        self.address = address
        self.vlan = vlan
        self.bandwidthLimit = bandwidthLimit
        self.allowsAddressSpoofing = allowsAddressSpoofing
        self.hasDHCPGuard = hasDHCPGuard
        self.hasRouterGuard = hasRouterGuard
    }

    private static func isHardwareAddress(_ text: String) -> Bool {
        let octets = text.split(separator: ":", omittingEmptySubsequences: false)
        return octets.count == 6
            && octets.allSatisfy { $0.utf8.count == 2 && $0.allSatisfy { $0.isHexDigit && !$0.isUppercase } }
    }
}
