/// What a new disk is to be: an empty one of a capacity, or one with what a file on the host has.
package struct CreateDiskRequest: Hashable, Sendable, Codable {
    package var name: String
    /// In bytes; at least 1 MiB, at most 64 TiB. nil for a disk from a file, which has the file's.
    package var capacity: ByteCount?
    /// qcow2 by default.
    package var format: Disk.Format?
    /// A pool by name or id; the host's default pool by default.
    package var pool: String?
    /// An image on the host, by its absolute path, that the disk is made of; nil for an empty disk.
    package var file: String?
    /// The format of that file; by default it is known by its content.
    package var fileFormat: ImageFormat?

    package init(
        name: String, capacity: ByteCount? = nil, format: Disk.Format? = nil, pool: String? = nil,
        file: String? = nil, fileFormat: ImageFormat? = nil
    ) {
        self.name = name
        self.capacity = capacity
        self.format = format
        self.pool = pool
        self.file = file
        self.fileFormat = fileFormat
    }
}

/// Which machine a disk is given to.
package struct AttachDiskRequest: Hashable, Sendable, Codable {
    /// A machine's name or id.
    package var machine: String
    /// The first that is free by default.
    package var slot: Int?

    package init(machine: String, slot: Int? = nil) {
        self.machine = machine
        self.slot = slot
    }
}

/// How a disk is taken from its machine.
package struct DetachDiskRequest: Hashable, Sendable, Codable {
    /// How long a running guest may take to let go of it: 1 to 3,600 seconds, 30 by default.
    package var timeoutInSeconds: Int?

    package init(timeoutInSeconds: Int? = nil) { self.timeoutInSeconds = timeoutInSeconds }
}

/// Which capacity a disk is to have.
package struct ResizeDiskRequest: Hashable, Sendable, Codable {
    /// In bytes.
    package var capacity: ByteCount
    /// Whether it may become smaller; false by default.
    package var shrink: Bool?

    package init(capacity: ByteCount, shrink: Bool? = nil) {
        self.capacity = capacity
        self.shrink = shrink
    }
}

/// Which format a disk, or a new one made of it, is to have.
package struct ConvertDiskRequest: Hashable, Sendable, Codable {
    package var format: Disk.Format
    /// The name of a new disk; nil converts the disk itself.
    package var name: String?
    /// Where a new disk is made: a pool by name or id; the disk's own pool by default.
    package var pool: String?

    package init(format: Disk.Format, name: String? = nil, pool: String? = nil) {
        self.format = format
        self.name = name
        self.pool = pool
    }
}

/// Where a copy of a disk is to be written, and how.
package struct ExportDiskRequest: Hashable, Sendable, Codable {
    /// A file on the host that isn't there yet, by its absolute path.
    package var file: String
    /// The disk's own by default.
    package var format: Disk.Format?

    package init(file: String, format: Disk.Format? = nil) {
        self.file = file
        self.format = format
    }
}
