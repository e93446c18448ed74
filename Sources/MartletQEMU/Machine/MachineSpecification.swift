package import MartletModel

/// All that decides QEMU's arguments for one machine; a pure value.
///
/// Paths are relative to the host's root, which is QEMU's working directory, except the firmware's code, which is the
/// host's own file.
package struct MachineSpecification: Sendable, Hashable {
    /// A disk as the guest gets it: a virtio block device on a port of its own.
    package struct DiskDevice: Sendable, Hashable {
        package var id: ID<Disk>
        /// The place that decides its address.
        package var slot: Int
        /// Relative to the host's root.
        package var path: String
        package var format: Disk.Format
        /// The overlay that its file is; nil for the file that the disk was made with.
        package var overlay: ID<DiskFile>?
        /// The files below, the nearest first, which checkpoints need.
        package var layers: [DiskFile] = []
        /// The image that it is a linked copy of, relative to the host's root; nil for a disk that stands by itself.
        package var backing: String?

        package init(id: ID<Disk>, slot: Int, path: String, format: Disk.Format, backing: String? = nil) {
            self.id = id
            self.slot = slot
            self.path = path
            self.format = format
            self.backing = backing
        }

        /// The file that is written to.
        package var top: DiskFile { DiskFile(overlay: overlay, path: path, format: format) }
    }

    /// A network adapter as the guest gets it: a virtio network device on a port of its own.
    package struct AdapterDevice: Sendable, Hashable {
        /// What carries the adapter's frames.
        package enum Backend: Sendable, Hashable {
            /// The tap interface of this name, which exists.
            case tap(String)
            /// QEMU's user-mode network.
            case user
        }

        /// The place that decides its address.
        package var slot: Int
        /// Six octets in lower-case hex with colons.
        package var hardwareAddress: String
        package var backend: Backend

        package init(slot: Int, hardwareAddress: String, backend: Backend) {
            self.slot = slot
            self.hardwareAddress = hardwareAddress
            self.backend = backend
        }
    }

    /// A drive for ISO images as the guest gets it.
    package struct ISODevice: Sendable, Hashable {
        /// The place that decides its address.
        package var slot: Int
        /// The image in it, absolute or relative to the host's root; nil for an empty drive.
        package var path: String?

        package init(slot: Int, path: String?) {
            self.slot = slot
            self.path = path
        }
    }

    /// A processor's virtualization extension: Intel's or AMD's.
    package enum NestedExtension: String, Sendable, Hashable { case vmx, svm }

    /// The machine type that every supported QEMU has.
    ///
    /// The bare `q35` means another one in each version of QEMU, and a guest would find other hardware after an
    /// upgrade of the host; a machine keeps the versioned type that it was made with.
    package static let defaultMachineType = "pc-q35-7.2"

    package var id: ID<VirtualMachine>
    package var name: String
    package var generation: VirtualMachineConfiguration.Generation
    package var secureBoot: Bool
    /// In bytes; a whole number of MiB.
    package var memory: ByteCount
    package var cpus: Int
    package var accelerator: Accelerator
    /// The UEFI code, absolute; nil for machines without.
    package var firmwareCode: String?
    /// The machine's own copy of the UEFI variables; nil for machines without.
    package var firmwareVariables: String?
    package var kernel: String?
    package var initrd: String?
    /// The kernel's command line.
    package var append: String
    package var disks: [DiskDevice]
    /// The disc for cloud-init, relative to the host's root; nil for a machine without.
    package var seed: String?
    package var adapters: [AdapterDevice]
    /// The descriptor of the listening QMP socket in QEMU's process.
    package var qmpDescriptor: Int32
    /// The descriptor of the listening console socket in QEMU's process.
    package var consoleDescriptor: Int32
    /// The descriptor of the listening socket of the guest's integration services in QEMU's process.
    package var guestDescriptor: Int32 = 5
    package var machineType: String
    /// What the guest sees as its generation: a UUID that changes whenever the machine might have gone back in time.
    ///
    /// nil takes the machine's own id: never gone back.
    package var generationID: String?
    /// Whether it begins by reading the state of a saved machine rather than with its firmware.
    package var isRestored: Bool
    /// How processors look; what they may use of the host's is no matter of QEMU's.
    package var processor = VirtualMachineConfiguration.Processor()
    /// What the host's processor has, for guests that virtualize on another model than the host's own.
    package var nestedExtension = NestedExtension.svm
    package var bootOrder = VirtualMachineConfiguration.BootDevice.allCases
    package var isoDrives: [ISODevice] = []
    package var watchdogAction = VirtualMachineConfiguration.WatchdogAction.reset
    /// Whether it has a TPM, whose connection comes as a descriptor.
    package var hasTPM = false
    /// The guest's context id on vsock, whose device comes as a descriptor; nil for a machine without vsock.
    package var vsockContext: UInt32?
    /// Where the screen can be watched (VNC), relative to the host's root; nil for nowhere.
    package var screenSocket: String?

    package init(
        id: ID<VirtualMachine>,
        name: String,
        generation: VirtualMachineConfiguration.Generation,
        secureBoot: Bool,
        memory: ByteCount,
        cpus: Int,
        accelerator: Accelerator,
        firmwareCode: String? = nil,
        firmwareVariables: String? = nil,
        kernel: String? = nil,
        initrd: String? = nil,
        append: String = "",
        disks: [DiskDevice] = [],
        seed: String? = nil,
        adapters: [AdapterDevice] = [],
        qmpDescriptor: Int32 = 3,
        consoleDescriptor: Int32 = 4,
        machineType: String = MachineSpecification.defaultMachineType,
        generationID: String? = nil,
        isRestored: Bool = false
    ) {
        self.id = id
        self.name = name
        self.generation = generation
        self.secureBoot = secureBoot
        self.memory = memory
        self.cpus = cpus
        self.accelerator = accelerator
        self.firmwareCode = firmwareCode
        self.firmwareVariables = firmwareVariables
        self.kernel = kernel
        self.initrd = initrd
        self.append = append
        self.disks = disks
        self.seed = seed
        self.adapters = adapters
        self.qmpDescriptor = qmpDescriptor
        self.consoleDescriptor = consoleDescriptor
        self.machineType = machineType
        self.generationID = generationID
        self.isRestored = isRestored
    }
}

extension MachineSpecification.DiskDevice {
    /// The name of the block node for what is written to when the machine starts; a checkpoint brings another.
    package var nodeName: String { top.nodeName(of: id) }

    /// The name of the node for the file that this is in.
    var fileNodeName: String { top.fileNodeName(of: id) }

    /// The name of the node for the image behind it.
    var backingNodeName: String { "b" + digits.prefix(30) }

    /// The name of the node for the file that this image is in.
    var backingFileNodeName: String { "g" + digits.prefix(30) }

    /// The id of the guest's device.
    package var deviceID: String { Self.deviceID(of: id) }

    package static func deviceID(of disk: ID<Disk>) -> String { "disk-\(disk)" }

    /// What the guest reads as the disk's serial number; virtio has room for 20 characters.
    package var serial: String { String(digits.prefix(20)) }

    private var digits: String { id.description.filter { $0 != "-" } }
}

extension MachineSpecification.ISODevice {
    /// The id of the guest's device.
    package var deviceID: String { Self.deviceID(slot: slot) }

    /// The name of the block node of the image that is in it when the machine starts.
    var nodeName: String { "\(deviceID)-medium" }

    package static func deviceID(slot: Int) -> String { "iso\(slot)" }
}

extension MachineSpecification {
    /// Machines with a firmware have one.
    package var hasScreen: Bool { generation != .direct }

    /// The descriptor of the connection to the TPM in QEMU's process: behind those of the taps.
    var tpmDescriptor: Int32 { firstTapDescriptor + Int32(taps.count) }

    /// The descriptor of the kernel's vsock device in QEMU's process: behind that of the TPM.
    var vsockDescriptor: Int32 { tpmDescriptor + (hasTPM ? 1 : 0) }

    /// The taps that must be handed to QEMU as descriptors, in the order of the adapters.
    var taps: [String] {
        adapters.compactMap { adapter in
            guard case .tap(let name) = adapter.backend else { return nil }
            return name
        }
    }

    /// The first of the taps' descriptors in QEMU's process; the others follow it.
    var firstTapDescriptor: Int32 { max(qmpDescriptor, consoleDescriptor, guestDescriptor) + 1 }
}
