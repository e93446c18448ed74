/// A machine for a reader: what is wanted of it and what was seen of it.
///
/// `id`, `name` and `state` stand at the top of the JSON as well, because scripts ask for them first.
package struct VirtualMachine: Hashable, Sendable {
    package var configuration: VirtualMachineConfiguration
    package var status: VirtualMachineStatus
    /// The configuration's revision: what `ETag` carries and `If-Match` is compared with.
    package var revision: Int64
    /// What it uses, joined for a reader; nil while it has no QEMU, and in events.
    package var figures: VirtualMachineFigures?
    /// What is worth knowing beside the success of a change; in the change's answer alone.
    package var messages: [String] = []

    package init(configuration: VirtualMachineConfiguration, status: VirtualMachineStatus, revision: Int64) {
        self.configuration = configuration
        self.status = status
        self.revision = revision
    }

    package var id: ID<VirtualMachine> { configuration.id }
    package var name: String { configuration.name }
    package var state: VirtualMachineState { status.state }
}

extension VirtualMachine: Codable {
    private enum Key: String, CodingKey { case id, name, state, revision, configuration, status, figures, messages }

    package init(from decoder: any Decoder) throws {
        let container = try decoder.container(keyedBy: Key.self)
        configuration = try container.decode(VirtualMachineConfiguration.self, forKey: .configuration)
        status = try container.decode(VirtualMachineStatus.self, forKey: .status)
        revision = try container.decode(Int64.self, forKey: .revision)
        figures = try container.decodeIfPresent(VirtualMachineFigures.self, forKey: .figures)
        messages = try container.decodeIfPresent([String].self, forKey: .messages) ?? []
    }

    package func encode(to encoder: any Encoder) throws {
        var container = encoder.container(keyedBy: Key.self)
        try container.encode(id, forKey: .id)
        try container.encode(name, forKey: .name)
        try container.encode(state, forKey: .state)
        try container.encode(revision, forKey: .revision)
        try container.encode(configuration, forKey: .configuration)
        try container.encode(status, forKey: .status)
        try container.encodeIfPresent(figures, forKey: .figures)
        if !messages.isEmpty { try container.encode(messages, forKey: .messages) }
    }
}
