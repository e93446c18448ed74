/// A virtual disk: its document and the file behind it.
package struct Disk: Hashable, Sendable, Codable {
    package enum Format: String, Sendable, Codable, CaseIterable { case qcow2 }

    package var id: ID<Disk>
    package var name: String
    package var format: Format
    /// What the guest sees, in bytes.
    package var capacity: ByteCount
    /// The file, relative to the host's root.
    package var path: String
    /// The machine that has it among its disks; nil for none.
    package var machine: ID<VirtualMachine>?
    /// The image that it is a linked copy of, and can't be without; nil for a disk that stands by itself.
    package var backing: ID<Image>?
    package var created: Moment

    package init(
        id: ID<Disk>,
        name: String,
        format: Format,
        capacity: ByteCount,
        path: String,
        machine: ID<VirtualMachine>?,
        backing: ID<Image>? = nil,
        created: Moment
    ) {
        self.id = id
        self.name = name
        self.format = format
        self.capacity = capacity
        self.path = path
        self.machine = machine
        self.backing = backing
        self.created = created
    }
}

package struct CreateDiskRequest: Hashable, Sendable, Codable {
    package var name: String
    /// In bytes; at least 1 MiB, at most 64 TiB.
    package var capacity: ByteCount

    package init(name: String, capacity: ByteCount) {
        self.name = name
        self.capacity = capacity
    }
}
