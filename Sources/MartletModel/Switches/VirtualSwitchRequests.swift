/// What a new switch is to be.
package struct CreateVirtualSwitchRequest: Hashable, Sendable, Codable {
    package var name: String
    package var kind: VirtualSwitch.Kind
    /// For `nat` and `internal`; one that is free by default.
    package var subnet: String?
    /// For `external`, which needs one.
    package var adapter: String?
    /// For `internal`; true by default.
    package var servesAddresses: Bool?
    /// False by default.
    package var isDefault: Bool?
    /// Whether an adapter is taken though somebody may be cut off; false by default.
    package var force: Bool?

    package init(
        name: String, kind: VirtualSwitch.Kind, subnet: String? = nil, adapter: String? = nil,
        servesAddresses: Bool? = nil, isDefault: Bool? = nil, force: Bool? = nil
    ) {
        self.name = name
        self.kind = kind
        self.subnet = subnet
        self.adapter = adapter
        self.servesAddresses = servesAddresses
        self.isDefault = isDefault
        self.force = force
    }
}

/// What is to change about a switch; what isn't named stays.
package struct UpdateVirtualSwitchRequest: Hashable, Sendable, Codable {
    package var name: String?
    /// Only true can be asked for: another switch takes it over.
    package var isDefault: Bool?

    package init(name: String? = nil, isDefault: Bool? = nil) {
        self.name = name
        self.isDefault = isDefault
    }
}

/// A port of the host that is to lead to a machine.
package struct PortForwardRequest: Hashable, Sendable, Codable {
    /// `tcp` by default.
    package var transport: PortForward.Transport?
    package var hostAddress: String?
    package var hostPort: Int
    /// By name or id; it has an adapter on the switch.
    package var machine: String
    package var port: Int

    package init(
        transport: PortForward.Transport? = nil, hostAddress: String? = nil, hostPort: Int, machine: String, port: Int
    ) {
        self.transport = transport
        self.hostAddress = hostAddress
        self.hostPort = hostPort
        self.machine = machine
        self.port = port
    }
}
