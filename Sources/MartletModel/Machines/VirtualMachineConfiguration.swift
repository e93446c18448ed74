/// What a machine is wanted to be: stored, versioned, and changed only by its administrator.
package struct VirtualMachineConfiguration: Hashable, Sendable, Codable {
    /// The kind of firmware a machine starts with.
    package enum Generation: String, Sendable, Codable, CaseIterable {
        /// SeaBIOS.
        case bios = "1"
        /// UEFI, with Secure Boot unless it is turned off.
        case uefi = "2"
        /// No boot loader: QEMU loads a kernel that the administrator gives.
        case direct
    }

    /// The kernel of a `direct` machine. The files are copied into the machine's folder when it is created.
    package struct DirectBoot: Hashable, Sendable, Codable {
        /// Absolute paths on the host, as given.
        package var kernel: String
        package var initrd: String?
        /// The kernel's command line; empty by default.
        package var append: String

        package init(kernel: String, initrd: String?, append: String) {
            self.kernel = kernel
            self.initrd = initrd
            self.append = append
        }
    }

    /// A network adapter: a virtio-net device on a switch.
    package struct Adapter: Hashable, Sendable, Codable {
        package var `switch`: ID<VirtualSwitch>
        /// Six octets in lower-case hex with colons.
        package var hardwareAddress: String

        package init(switch: ID<VirtualSwitch>, hardwareAddress: String) {
            self.switch = `switch`
            self.hardwareAddress = hardwareAddress
        }
    }

    package var id: ID<VirtualMachine>
    package var name: String
    package var notes: String
    package var generation: Generation
    /// QEMU's machine type with its version, pinned when the machine is made so that its hardware never changes under the guest.
    package var machineType: String
    /// Memory at start, in bytes; a whole number of MiB.
    package var memory: ByteCount
    package var cpus: Int
    /// Whether the firmware refuses unsigned boot loaders; only generation 2 has it.
    package var secureBoot: Bool
    package var directBoot: DirectBoot?
    /// In the order in which the guest sees them.
    package var disks: [ID<Disk>]
    package var adapters: [Adapter]
    package var created: Moment
    /// The folder of its files, relative to the host's root; fixed for life, so that a rename moves nothing.
    package var folder: String

    package init(
        id: ID<VirtualMachine>,
        name: String,
        notes: String = "",
        generation: Generation,
        machineType: String,
        memory: ByteCount,
        cpus: Int,
        secureBoot: Bool,
        directBoot: DirectBoot?,
        disks: [ID<Disk>],
        adapters: [Adapter],
        created: Moment,
        folder: String
    ) {
        self.id = id
        self.name = name
        self.notes = notes
        self.generation = generation
        self.machineType = machineType
        self.memory = memory
        self.cpus = cpus
        self.secureBoot = secureBoot
        self.directBoot = directBoot
        self.disks = disks
        self.adapters = adapters
        self.created = created
        self.folder = folder
    }
}
