/// A port of the host that leads to a guest.
package struct PortForward: Hashable, Sendable, Codable {
    /// The protocol whose port is forwarded.
    package enum Transport: String, Sendable, Codable, CaseIterable { case tcp, udp }

    package var transport: Transport
    /// The host's IPv4 address that it is for; nil for all of them.
    package var hostAddress: String?
    package var hostPort: UInt16
    package var machine: ID<VirtualMachine>
    /// The machine's port.
    package var port: UInt16

    package init(
        transport: Transport, hostAddress: String?, hostPort: UInt16, machine: ID<VirtualMachine>, port: UInt16
    ) {
        self.transport = transport
        self.hostAddress = hostAddress
        self.hostPort = hostPort
        self.machine = machine
        self.port = port
    }

    /// Whether the two can't both be there: the same port, and an address in common.
    package func conflicts(with other: PortForward) -> Bool {
        transport == other.transport && hostPort == other.hostPort
            && (hostAddress == nil || other.hostAddress == nil || hostAddress == other.hostAddress)
    }

    /// Such as `tcp 2222` or `udp 192.0.2.1:53`.
    package var hostEnd: String { "\(transport.rawValue) \(hostAddress.map { "\($0):" } ?? "")\(hostPort)" }
}
