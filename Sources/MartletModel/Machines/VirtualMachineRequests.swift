/// What a client asks for when it creates a machine; what is left out takes the documented default.
package struct CreateVirtualMachineRequest: Hashable, Sendable, Codable {
    /// A disk of a new machine: made for it, or one that exists.
    package enum DiskSource: Hashable, Sendable {
        /// A new, empty disk of this capacity in bytes.
        case new(capacity: ByteCount)
        /// A disk's name or id.
        case existing(String)
    }

    package var name: String
    package var notes: String?
    /// Generation 2 by default.
    package var generation: VirtualMachineConfiguration.Generation?
    /// In bytes; 1 GiB by default.
    package var memory: ByteCount?
    /// 1 by default.
    package var cpus: Int?
    /// On by default, for generation 2 alone.
    package var secureBoot: Bool?
    package var directBoot: VirtualMachineConfiguration.DirectBoot?
    package var disks: [DiskSource]?
    /// Switches by name or id, an adapter on each; the host's default switch by default, none for an empty list.
    package var switches: [String]?

    package init(
        name: String,
        notes: String? = nil,
        generation: VirtualMachineConfiguration.Generation? = nil,
        memory: ByteCount? = nil,
        cpus: Int? = nil,
        secureBoot: Bool? = nil,
        directBoot: VirtualMachineConfiguration.DirectBoot? = nil,
        disks: [DiskSource]? = nil,
        switches: [String]? = nil
    ) {
        self.name = name
        self.notes = notes
        self.generation = generation
        self.memory = memory
        self.cpus = cpus
        self.secureBoot = secureBoot
        self.directBoot = directBoot
        self.disks = disks
        self.switches = switches
    }
}

extension CreateVirtualMachineRequest.DiskSource: Codable {
    private enum Key: String, CodingKey { case capacity, disk }

    /// Reads `{"capacity": bytes}` or `{"disk": "name or id"}`.
    package init(from decoder: any Decoder) throws {
        let container = try decoder.container(keyedBy: Key.self)
        switch (container.contains(.capacity), container.contains(.disk)) {
        case (true, false): self = .new(capacity: try container.decode(ByteCount.self, forKey: .capacity))
        case (false, true): self = .existing(try container.decode(String.self, forKey: .disk))
        default:
            throw DecodingError.dataCorrupted(
                .init(codingPath: decoder.codingPath, debugDescription: "give either 'capacity' or 'disk'")
            )
        }
    }

    package func encode(to encoder: any Encoder) throws {
        var container = encoder.container(keyedBy: Key.self)
        switch self {
        case .new(let capacity): try container.encode(capacity, forKey: .capacity)
        case .existing(let disk): try container.encode(disk, forKey: .disk)
        }
    }
}

/// What a client changes in a machine that is off; what is left out stays.
package struct UpdateVirtualMachineRequest: Hashable, Sendable, Codable {
    package var notes: String?
    package var memory: ByteCount?
    package var cpus: Int?

    package init(notes: String? = nil, memory: ByteCount? = nil, cpus: Int? = nil) {
        self.notes = notes
        self.memory = memory
        self.cpus = cpus
    }
}

package struct StartVirtualMachineRequest: Hashable, Sendable, Codable {
    /// Leave it paused before the guest's first instruction; false by default.
    package var paused: Bool?

    package init(paused: Bool? = nil) { self.paused = paused }
}

package struct StopVirtualMachineRequest: Hashable, Sendable, Codable {
    /// Pull the plug rather than ask the guest; false by default.
    package var turnOff: Bool?
    /// Seconds that the guest has to obey; 60 by default, 1 to 3600.
    package var timeoutInSeconds: Int?

    package init(turnOff: Bool? = nil, timeoutInSeconds: Int? = nil) {
        self.turnOff = turnOff
        self.timeoutInSeconds = timeoutInSeconds
    }
}
