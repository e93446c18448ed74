/// A virtual disk: its document and the file behind it.
package struct Disk: Hashable, Sendable, Codable {
    /// How the file holds the disk's bytes.
    package enum Format: String, Sendable, Codable, CaseIterable {
        case qcow2, raw
        /// These three are kept for use elsewhere; no machine runs on them.
        case vhdx, vhd, vmdk

        /// Whether a machine can have a disk of this format.
        package var isForMachines: Bool { self == .qcow2 || self == .raw }

        package var image: ImageFormat {
            switch self {
            case .qcow2: .qcow2
            case .raw: .raw
            case .vhdx: .vhdx
            case .vhd: .vhd
            case .vmdk: .vmdk
            }
        }

        /// nil for an optical disc.
        package init?(_ image: ImageFormat) { self.init(rawValue: image.rawValue) }

        /// What its files' names end with.
        package var fileExtension: String { rawValue }
    }

    package var id: ID<Disk>
    package var name: String
    package var format: Format
    /// What the guest sees, in bytes.
    package var capacity: ByteCount
    /// The file: relative to the host's root for one below it, absolute for one in a pool elsewhere.
    package var path: String
    /// The machine that has it among its disks; nil for none.
    package var machine: ID<VirtualMachine>?
    /// The image that it is a linked copy of, and can't be without; nil for a disk that stands by itself.
    package var backing: ID<Image>?
    /// The pool that its file is in; nil for the root's own.
    package var pool: ID<Pool>?
    /// The overlay that its file is; nil for the file that it was made with.
    package var overlay: ID<DiskFile>?
    /// What it held at its machine's checkpoints; nil for nothing.
    package var layers: [DiskLayer]?
    /// The layer that its file lies over; nil for a file that stands by itself or over its image.
    package var parent: ID<DiskLayer>?
    /// Whether its guest was stopped while QEMU lets go of a layer, and goes on after that; nil for no.
    package var isSwitching: Bool?
    package var created: Moment
    /// What was seen of it, for a reader; nil where it is stored.
    package var status: DiskStatus?

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
