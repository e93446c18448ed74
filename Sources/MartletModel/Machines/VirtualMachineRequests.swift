/// What a client asks for when it creates a machine; what is left out takes the documented default.
package struct CreateVirtualMachineRequest: Hashable, Sendable {
    /// A disk of a new machine: made for it, or one that exists.
    package enum DiskSource: Hashable, Sendable {
        /// A new, empty disk of this capacity in bytes.
        case new(capacity: ByteCount)
        /// A disk's name or id.
        case existing(String)
    }

    /// A disk that is made from an image.
    package struct ImageCopy: Hashable, Sendable, Codable {
        /// An image of kind `disk`, by name or id.
        package var image: String
        /// Whether the disk stands by itself, rather than having only what differs from the image; false by default.
        package var fullCopy: Bool?
        /// What the guest sees, in bytes; the image's capacity by default, and never less.
        package var capacity: ByteCount?

        package init(image: String, fullCopy: Bool? = nil, capacity: ByteCount? = nil) {
            self.image = image
            self.fullCopy = fullCopy
            self.capacity = capacity
        }
    }

    package var name: String
    /// Generation 2 by default.
    package var generation: VirtualMachineConfiguration.Generation?
    package var directBoot: VirtualMachineConfiguration.DirectBoot?
    package var disks: [DiskSource]?
    /// Where its new disks lie: a pool by name or id; the host's default pool by default.
    package var pool: String?
    /// A disk of its own made from an image, before all others.
    package var image: ImageCopy?
    /// What its cloud-init is told; a machine with an image has a seed in any case.
    package var cloudInit: CloudInit?
    /// Images of kind `iso` by name or id, a drive for each; an empty text is an empty drive.
    package var isos: [String]?
    /// Switches by name or id, an adapter on each; the host's default switch by default, none for an empty list.
    package var switches: [String]?
    /// On the wire these stand beside the name.
    package var settings: VirtualMachineSettings

    package init(
        name: String,
        notes: String? = nil,
        generation: VirtualMachineConfiguration.Generation? = nil,
        memory: ByteCount? = nil,
        cpus: Int? = nil,
        secureBoot: Bool? = nil,
        directBoot: VirtualMachineConfiguration.DirectBoot? = nil,
        disks: [DiskSource]? = nil,
        isos: [String]? = nil,
        switches: [String]? = nil
    ) {
        self.name = name
        self.generation = generation
        self.directBoot = directBoot
        self.disks = disks
        self.isos = isos
        self.switches = switches
        self.settings = VirtualMachineSettings(notes: notes, memory: memory, cpus: cpus, secureBoot: secureBoot)
    }
}

extension CreateVirtualMachineRequest: Codable {
    private enum Key: String, CodingKey {
        case name, generation, directBoot, disks, pool, image, cloudInit, isos, switches
    }

    package init(from decoder: any Decoder) throws {
        let container = try decoder.container(keyedBy: Key.self)
        name = try container.decode(String.self, forKey: .name)
        generation = try container.decodeIfPresent(
            VirtualMachineConfiguration.Generation.self, forKey: .generation)
        directBoot = try container.decodeIfPresent(
            VirtualMachineConfiguration.DirectBoot.self, forKey: .directBoot)
        disks = try container.decodeIfPresent([DiskSource].self, forKey: .disks)
        pool = try container.decodeIfPresent(String.self, forKey: .pool)
        image = try container.decodeIfPresent(ImageCopy.self, forKey: .image)
        cloudInit = try container.decodeIfPresent(CloudInit.self, forKey: .cloudInit)
        isos = try container.decodeIfPresent([String].self, forKey: .isos)
        switches = try container.decodeIfPresent([String].self, forKey: .switches)
        settings = try VirtualMachineSettings(from: decoder)
    }

    package func encode(to encoder: any Encoder) throws {
        try settings.encode(to: encoder)
        var container = encoder.container(keyedBy: Key.self)
        try container.encode(name, forKey: .name)
        try container.encodeIfPresent(generation, forKey: .generation)
        try container.encodeIfPresent(directBoot, forKey: .directBoot)
        try container.encodeIfPresent(disks, forKey: .disks)
        try container.encodeIfPresent(pool, forKey: .pool)
        try container.encodeIfPresent(image, forKey: .image)
        try container.encodeIfPresent(cloudInit, forKey: .cloudInit)
        try container.encodeIfPresent(isos, forKey: .isos)
        try container.encodeIfPresent(switches, forKey: .switches)
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

/// What a client changes in a machine; what is left out stays.
package struct UpdateVirtualMachineRequest: Hashable, Sendable {
    /// Another name.
    package var name: String?
    /// On the wire these stand beside the name.
    package var settings: VirtualMachineSettings

    package init(name: String? = nil, settings: VirtualMachineSettings) {
        self.name = name
        self.settings = settings
    }

    package init(name: String? = nil, notes: String? = nil, memory: ByteCount? = nil, cpus: Int? = nil) {
        self.init(name: name, settings: VirtualMachineSettings(notes: notes, memory: memory, cpus: cpus))
    }
}

extension UpdateVirtualMachineRequest: Codable {
    private enum Key: String, CodingKey { case name }

    package init(from decoder: any Decoder) throws {
        name = try decoder.container(keyedBy: Key.self).decodeIfPresent(String.self, forKey: .name)
        settings = try VirtualMachineSettings(from: decoder)
    }

    package func encode(to encoder: any Encoder) throws {
        try settings.encode(to: encoder)
        var container = encoder.container(keyedBy: Key.self)
        try container.encodeIfPresent(name, forKey: .name)
    }
}

/// How a machine is started; all of it is optional.
package struct StartVirtualMachineRequest: Hashable, Sendable, Codable {
    /// Leave it paused before the guest's first instruction; false by default.
    package var paused: Bool?
    /// Throw a saved machine's state away and start it anew; false by default.
    package var discardState: Bool?

    package init(paused: Bool? = nil, discardState: Bool? = nil) {
        self.paused = paused
        self.discardState = discardState
    }
}

/// How a machine is stopped or restarted; all of it is optional.
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

/// How all machines of a host are stopped.
package struct StopMachinesRequest: Hashable, Sendable, Codable {
    /// Seconds that guests have to shut down before they are turned off; 120 by default, 1 to 3600.
    package var timeoutInSeconds: Int?

    package init(timeoutInSeconds: Int? = nil) { self.timeoutInSeconds = timeoutInSeconds }
}
