import MartletModel

/// An adapter with its switch's name and the address that it was given.
struct AdapterLine: Codable, Sendable {
    var adapter: VirtualMachineConfiguration.Adapter
    var switchName: String

    init(_ adapter: VirtualMachineConfiguration.Adapter, _ switches: [VirtualSwitch]) {
        self.adapter = adapter
        switchName = switches.first { $0.id == adapter.switch }?.name ?? adapter.switch.description
    }

    private enum Key: String, CodingKey { case switchName }

    func encode(to encoder: any Encoder) throws {
        try adapter.encode(to: encoder)
        var container = encoder.container(keyedBy: Key.self)
        try container.encode(switchName, forKey: .switchName)
    }

    init(from decoder: any Decoder) throws {
        adapter = try VirtualMachineConfiguration.Adapter(from: decoder)
        switchName = try decoder.container(keyedBy: Key.self).decode(String.self, forKey: .switchName)
    }

    /// The adapters of a machine.
    static func all(of machine: VirtualMachine, _ switches: [VirtualSwitch]) -> [AdapterLine] {
        machine.configuration.adapters.map { AdapterLine($0, switches) }
    }

    private var guards: String {
        [
            adapter.allowsAddressSpoofing ? nil : "address", adapter.dhcpGuard ? "dhcp" : nil,
            adapter.routerGuard ? "router" : nil,
        ].compactMap(\.self).joined(separator: ",")
    }
}

extension AdapterLine: Tabular {
    static var columns: [Column<AdapterLine>] {
        [
            Column("ADAPTER", .right) { $0.adapter.slot.description },
            Column("SWITCH") { $0.switchName },
            Column("HARDWARE ADDRESS") { $0.adapter.hardwareAddress },
            Column("FIXED ADDRESS") { $0.adapter.address ?? "" },
            Column("VLAN", .right) { $0.adapter.vlan?.description ?? "" },
            Column("LIMIT", .right) { $0.adapter.bandwidthLimit.map(BitRate.text) ?? "" },
            Column("GUARDS") { $0.guards },
        ]
    }

    func fields(now: Moment) -> [Field] { Self.columns.map { Field($0.title, $0.value(self, now)) } }
}
