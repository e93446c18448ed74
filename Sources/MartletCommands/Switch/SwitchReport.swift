import MartletModel

/// A switch with what was seen of it.
struct SwitchReport: Codable, Sendable {
    var virtualSwitch: VirtualSwitch
    var status: VirtualSwitchStatus
    private var forwards: [ForwardLine]

    init(_ virtualSwitch: VirtualSwitch, _ status: VirtualSwitchStatus, names: MachineNames) {
        self.virtualSwitch = virtualSwitch
        self.status = status
        forwards = virtualSwitch.forwards.map { ForwardLine($0, names) }
    }

    private enum Key: String, CodingKey { case status }

    /// The switch, with its status beside its own properties.
    func encode(to encoder: any Encoder) throws {
        try virtualSwitch.encode(to: encoder)
        var container = encoder.container(keyedBy: Key.self)
        try container.encode(status, forKey: .status)
    }

    init(from decoder: any Decoder) throws {
        self.init(
            try VirtualSwitch(from: decoder),
            try decoder.container(keyedBy: Key.self).decode(VirtualSwitchStatus.self, forKey: .status),
            names: MachineNames([]))
    }
}

extension SwitchReport: Tabular {
    static var columns: [Column<SwitchReport>] { [Column("NAME") { $0.virtualSwitch.name }] }

    func fields(now: Moment) -> [Field] {
        let hasDHCP = virtualSwitch.kind.hasSubnet
        return virtualSwitch.fields(now: now) + [
            Field("State", status.isUp ? "up" : "down"),
            Field("DHCP", hasDHCP ? (virtualSwitch.servesAddresses ? "yes" : "no") : nil),
            Field("Machines", status.adapters.map(Self.text).joined(separator: "\n")),
            Field("Leases", status.leases.map { Self.text($0, now: now) }.joined(separator: "\n")),
            Field("Forwards", forwards.map(\.sentence).joined(separator: "\n")),
        ]
    }

    private static func text(_ adapter: VirtualSwitchStatus.PluggedAdapter) -> String {
        let address = adapter.address.map { " \($0)" } ?? ""
        return "\(adapter.machineName) adapter \(adapter.slot) \(adapter.hardwareAddress)\(address)"
    }

    private static func text(_ lease: VirtualSwitchStatus.Lease, now: Moment) -> String {
        "\(lease.address) \(lease.hardwareAddress)\(lease.hostName.map { " \($0)" } ?? "") until \(lease.ends)"
    }
}
