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

    package var id: ID<VirtualMachine>
    package var name: String
    package var notes: String
    /// Words by which machines are chosen, such as `env` with the value `test`.
    package var labels: [String: String]
    package var generation: Generation
    /// QEMU's machine type with its version, pinned when the machine is made so that its hardware never changes under the guest.
    package var machineType: String
    /// Memory at start, in bytes; a whole number of MiB.
    package var memory: ByteCount
    /// nil for memory that stays as it is.
    package var dynamicMemory: DynamicMemory?
    /// What the guest was started with, where `memory` or the maximum was changed since; nil otherwise.
    package var startedMemory: ByteCount?
    package var cpus: Int
    package var processor: Processor
    /// Whether the firmware refuses unsigned boot loaders; only generation 2 has it.
    package var secureBoot: Bool
    package var secureBootTemplate: SecureBootTemplate
    /// Whether the guest has a TPM 2.0.
    package var tpm: Bool
    package var directBoot: DirectBoot?
    /// Each device at most once; what isn't named is not booted from.
    package var bootOrder: [BootDevice]
    /// By slot.
    package var disks: [DiskAttachment]
    /// By slot.
    package var isoDrives: [ISODrive]
    /// Whether it has a disc in its folder that tells cloud-init what to do.
    package var hasSeed: Bool
    /// By slot.
    package var adapters: [Adapter]
    package var watchdogAction: WatchdogAction
    package var automaticStart: AutomaticStart
    package var automaticStopAction: AutomaticStopAction
    package var restartPolicy: RestartPolicy
    /// The integration services that are off, by name; none unless somebody turns one off.
    package var disabledServices: [GuestService]
    /// What the guest is told, by name.
    package var guestValues: [String: String]
    package var checkpointType: CheckpointType
    /// The checkpoint that it comes from; nil for none.
    package var checkpoint: ID<Checkpoint>?
    /// What the guest sees as its generation: a UUID that changes whenever the machine might have gone back in time.
    ///
    /// nil for the machine's own id: never gone back.
    package var generationID: String?
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
        disks: [DiskAttachment],
        adapters: [Adapter],
        created: Moment,
        folder: String
    ) {
        self.id = id
        self.name = name
        self.notes = notes
        self.labels = [:]
        self.generation = generation
        self.machineType = machineType
        self.memory = memory
        self.cpus = cpus
        self.processor = Processor()
        self.secureBoot = secureBoot
        self.secureBootTemplate = .microsoftUEFICertificateAuthority
        self.tpm = false
        self.directBoot = directBoot
        self.bootOrder = BootDevice.allCases
        self.disks = disks
        self.isoDrives = []
        self.hasSeed = false
        self.adapters = adapters
        self.watchdogAction = .reset
        self.automaticStart = AutomaticStart()
        self.automaticStopAction = .save
        self.restartPolicy = .never
        self.disabledServices = []
        self.guestValues = [:]
        self.checkpointType = .production
        self.created = created
        self.folder = folder
    }
}

extension VirtualMachineConfiguration {
    /// What is missing was written before there was such a setting, and means its default.
    package init(from decoder: any Decoder) throws {
        let container = try decoder.container(keyedBy: CodingKeys.self)
        func value<Value: Decodable>(_ key: CodingKeys) throws -> Value {
            try container.decode(Value.self, forKey: key)
        }
        func value<Value: Decodable>(_ key: CodingKeys, else missing: Value) throws -> Value {
            try container.decodeIfPresent(Value.self, forKey: key) ?? missing
        }
        self.init(
            id: try value(.id), name: try value(.name), notes: try value(.notes), generation: try value(.generation),
            machineType: try value(.machineType), memory: try value(.memory), cpus: try value(.cpus),
            secureBoot: try value(.secureBoot),
            directBoot: try container.decodeIfPresent(DirectBoot.self, forKey: .directBoot),
            disks: try value(.disks), adapters: try value(.adapters), created: try value(.created),
            folder: try value(.folder)
        )
        labels = try value(.labels, else: labels)
        dynamicMemory = try container.decodeIfPresent(DynamicMemory.self, forKey: .dynamicMemory)
        startedMemory = try container.decodeIfPresent(ByteCount.self, forKey: .startedMemory)
        processor = try value(.processor, else: processor)
        secureBootTemplate = try value(.secureBootTemplate, else: secureBootTemplate)
        tpm = try value(.tpm, else: tpm)
        bootOrder = try value(.bootOrder, else: bootOrder)
        isoDrives = try value(.isoDrives, else: isoDrives)
        hasSeed = try value(.hasSeed, else: hasSeed)
        watchdogAction = try value(.watchdogAction, else: watchdogAction)
        automaticStart = try value(.automaticStart, else: automaticStart)
        automaticStopAction = try value(.automaticStopAction, else: automaticStopAction)
        restartPolicy = try value(.restartPolicy, else: restartPolicy)
        disabledServices = try value(.disabledServices, else: disabledServices)
        guestValues = try value(.guestValues, else: guestValues)
        checkpointType = try value(.checkpointType, else: checkpointType)
        checkpoint = try container.decodeIfPresent(ID<Checkpoint>.self, forKey: .checkpoint)
        generationID = try container.decodeIfPresent(String.self, forKey: .generationID)
    }
}
