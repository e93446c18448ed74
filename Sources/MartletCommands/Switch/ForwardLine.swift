import MartletModel

/// A forwarded port with its machine's name.
struct ForwardLine: Codable, Sendable {
    var transport: PortForward.Transport
    var hostAddress: String?
    var hostPort: UInt16
    var machine: String
    var port: UInt16

    init(_ forward: PortForward, _ names: MachineNames) {
        transport = forward.transport
        hostAddress = forward.hostAddress
        hostPort = forward.hostPort
        machine = names[forward.machine]
        port = forward.port
    }

    var sentence: String {
        "\(transport.rawValue) \(hostAddress.map { "\($0):" } ?? "")\(hostPort) to \(machine):\(port)"
    }
}

extension ForwardLine: Tabular {
    static var columns: [Column<ForwardLine>] {
        [
            Column("TRANSPORT") { $0.transport.rawValue },
            Column("HOST ADDRESS") { $0.hostAddress ?? "any" },
            Column("HOST PORT", .right) { $0.hostPort.description },
            Column("MACHINE") { $0.machine },
            Column("PORT", .right) { $0.port.description },
        ]
    }

    func fields(now: Moment) -> [Field] {
        [
            Field("Transport", transport.rawValue), Field("Host address", hostAddress ?? "any"),
            Field("Host port", hostPort.description), Field("Machine", machine), Field("Port", port.description),
        ]
    }
}
