/// What a new adapter is to be, or what is to change about one: what isn't named takes its default, or stays.
package struct AdapterRequest: Hashable, Sendable, Codable {
    /// A switch by name or id; the host's default switch for a new adapter.
    package var `switch`: String?
    /// Six octets with colons; chosen for a new adapter.
    package var hardwareAddress: String?
    /// A fixed IPv4 address; empty for one that the switch chooses.
    package var address: String?
    /// 1 to 4,094; 0 for none.
    package var vlan: Int?
    /// In bits a second; 0 for no limit.
    package var bandwidthLimit: Int64?
    package var allowsAddressSpoofing: Bool?
    package var dhcpGuard: Bool?
    package var routerGuard: Bool?

    package init(
        switch: String? = nil, hardwareAddress: String? = nil, address: String? = nil, vlan: Int? = nil,
        bandwidthLimit: Int64? = nil, allowsAddressSpoofing: Bool? = nil, dhcpGuard: Bool? = nil,
        routerGuard: Bool? = nil
    ) {
        self.switch = `switch`
        self.hardwareAddress = hardwareAddress
        self.address = address
        self.vlan = vlan
        self.bandwidthLimit = bandwidthLimit
        self.allowsAddressSpoofing = allowsAddressSpoofing
        self.dhcpGuard = dhcpGuard
        self.routerGuard = routerGuard
    }

    /// The adapter with what was asked for.
    ///
    /// - Parameter virtualSwitch: the one that the request names; nil for none.
    package func applied(
        to adapter: VirtualMachineConfiguration.Adapter, on virtualSwitch: ID<VirtualSwitch>?
    ) -> VirtualMachineConfiguration.Adapter {
        var changed = adapter
        changed.switch = virtualSwitch ?? adapter.switch
        changed.hardwareAddress = hardwareAddress?.lowercased() ?? adapter.hardwareAddress
        // A fixed address is one of a switch's network, and goes with it.
        if changed.switch != adapter.switch { changed.address = nil }
        if let address { changed.address = address.isEmpty ? nil : address }
        if let vlan { changed.vlan = vlan == 0 ? nil : vlan }
        if let bandwidthLimit { changed.bandwidthLimit = bandwidthLimit == 0 ? nil : bandwidthLimit }
        changed.allowsAddressSpoofing = allowsAddressSpoofing ?? adapter.allowsAddressSpoofing
        changed.dhcpGuard = dhcpGuard ?? adapter.dhcpGuard
        changed.routerGuard = routerGuard ?? adapter.routerGuard
        return changed
    }
}
