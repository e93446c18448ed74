import MartletModel

extension Schemas {
    static let machines: [(name: String, schema: JSONSchema)] = [
        ("VirtualMachine", machine), ("VirtualMachineConfiguration", configuration), ("VirtualMachineStatus", status),
        ("VirtualMachineState", .choice(VirtualMachineState.self)), ("Accelerator", .choice(Accelerator.self)),
        ("DirectBoot", directBoot), ("Adapter", adapter), ("NewDisk", newDisk),
        ("DiskAttachment", attachment), ("ISODrive", isoDrive), ("Processor", processor),
        ("DynamicMemory", dynamicMemory), ("AutomaticStart", automaticStart),
        ("CreateVirtualMachineRequest", .variants([createUEFI, createBIOS, createDirect])),
        ("UpdateVirtualMachineRequest", update), ("StartVirtualMachineRequest", start),
        ("StopVirtualMachineRequest", stop), ("StopMachinesRequest", stopMachines),
    ]

    private static let mebibyte: Int64 = 1 << 20
    static let memory = memory(least: VirtualMachineRules.memoryInMebibytes.lowerBound)
    private static let memoryWithFirmware = memory(least: VirtualMachineRules.leastMemoryOfFirmwareInMebibytes)

    private static func memory(least: Int64) -> JSONSchema {
        let greatest = VirtualMachineRules.memoryInMebibytes.upperBound
        return .integer(least * mebibyte...greatest * mebibyte, multipleOf: mebibyte).described(
            "In bytes; 1 GiB by default.")
    }

    private static let machine = JSONSchema.object(
        [
            .required("id", .uuid),
            .required("name", .string()),
            .required("state", .named("VirtualMachineState")),
            .required("revision", .integer(0...Int64.max), "The configuration's revision: what ETag carries."),
            .required("configuration", .named("VirtualMachineConfiguration")),
            .required("status", .named("VirtualMachineStatus")),
            .optional("figures", .named("VirtualMachineFigures"), "What it uses; not there while it has no QEMU."),
            .optional(
                "messages", .array(.string()), "What is worth knowing beside success; in the answer to a change alone."),
        ],
        "A machine: what is wanted of it and what was seen of it."
    )

    private static let configuration = JSONSchema.object([
        .required("id", .uuid),
        .required("name", .string()),
        .required("notes", .string()),
        .required("labels", labels, "Names and values by which machines are chosen."),
        .required("generation", .choice(VirtualMachineConfiguration.Generation.self)),
        .required("machineType", .string(), "QEMU's machine type, which a guest keeps for life."),
        .required("memory", .integer(), "At start, in bytes."),
        .optional("dynamicMemory", .named("DynamicMemory"), "Not there for memory that stays as it is."),
        .optional(
            "startedMemory", .integer(), "In bytes: what its guest was started with, where memory was changed since."),
        .required("cpus", .integer()),
        .required("processor", .named("Processor")),
        .required("secureBoot", .boolean),
        .required("secureBootTemplate", .choice(VirtualMachineConfiguration.SecureBootTemplate.self)),
        .required("tpm", .boolean, "Whether it has a TPM 2.0."),
        .optional("directBoot", .named("DirectBoot")),
        .required("bootOrder", bootOrder),
        .required("disks", .array(.named("DiskAttachment"))),
        .required("isoDrives", .array(.named("ISODrive"))),
        .required("hasSeed", .boolean, "Whether it has a disc that tells cloud-init what to do."),
        .required("adapters", .array(.named("Adapter"))),
        .required("watchdogAction", .choice(VirtualMachineConfiguration.WatchdogAction.self)),
        .required("automaticStart", .named("AutomaticStart")),
        .required("automaticStopAction", .choice(VirtualMachineConfiguration.AutomaticStopAction.self)),
        .required("restartPolicy", .choice(VirtualMachineConfiguration.RestartPolicy.self)),
        .required("disabledServices", services, "The integration services that are off."),
        .required("guestValues", guestValues, "What the guest is told, by name."),
        .required("checkpointType", .choice(CheckpointType.self)),
        .optional("checkpoint", .uuid, "The checkpoint that it comes from."),
        .optional("generationID", .uuid, "What the guest sees when the machine has gone back in time."),
        .required("created", .time),
        .required("folder", .string(), "The folder of its files, relative to the host's root."),
    ])

    private static let status = JSONSchema.object([
        .required("state", .named("VirtualMachineState")),
        .required("since", .time, "When it came into this state."),
        .optional("started", .time, "When its guest was started."),
        .optional("processID", .integer()),
        .optional("accelerator", .named("Accelerator")),
        .optional(
            "cause", .named("Failure"), "Why it failed, that its guest panicked, or why it last went off by itself."),
        .optional("savedState", .integer(), "What its saved state takes on the disk, in bytes."),
        .optional("warnings", .array(.string()), "What isn't as it should be while it runs."),
        .optional("guest", .named("GuestStatus"), "What its guest tells of itself, once it has answered."),
    ])

    private static let directBoot = JSONSchema.object([
        .required("kernel", .string()),
        .optional("initrd", .string()),
        .required("append", .string()),
    ])

    private static let attachment = JSONSchema.object([
        .required("disk", .uuid),
        .required("slot", .integer(), "Its place, which decides its address."),
    ])

    private static let isoDrive = JSONSchema.object([
        .required("slot", .integer()),
        .optional("image", .uuid, "The ISO in it; not there for an empty drive."),
    ])

    private static let adapter = JSONSchema.object([
        .required("slot", .integer(), "Its place, which decides its address."),
        .required("switch", .uuid),
        .required("hardwareAddress", .string()),
        .optional("address", .string(), "The IPv4 address that the switch's DHCP always gives it."),
        .optional("vlan", .integer()),
        .optional("bandwidthLimit", .integer(), "Each way, in bits a second."),
        .required("allowsAddressSpoofing", .boolean),
        .required("dhcpGuard", .boolean),
        .required("routerGuard", .boolean),
    ])

    private static let newDisk = JSONSchema.variants([
        .request([.required("capacity", diskCapacity)], "A new, empty disk."),
        .request([.required("disk", .string(.upTo(400, shortest: 1)), "A disk's name or id.")], "A disk that exists."),
    ])

    private static let imageCopy = JSONSchema.request([
        .required("image", .string(.upTo(400, shortest: 1)), "An image of kind disk, by name or id."),
        .optional("fullCopy", .boolean, "False by default: the disk has only what differs from the image."),
        .optional("capacity", diskCapacity, "The image's by default, and never less."),
    ])

    private static let cloudInit = JSONSchema.request([
        .optional("userData", .string(.upTo(CloudInit.mostUserData)), "As cloud-init takes it; at most 64 KiB."),
        .optional("sshKeys", .array(.string(.sshKey), most: CloudInit.mostKeys), "Public keys that may log in."),
        .optional("installServices", .boolean, "Whether cloud-init installs the integration services, from the seed."),
    ])

    /// What every kind of new machine has.
    private static let createShared: [JSONSchema.Property] =
        [
            .required("name", .string(.newName)),
            .optional("disks", .array(.named("NewDisk"), most: VirtualMachineRules.mostDisks)),
            .optional(
                "pool", .string(.upTo(400, shortest: 1)), "Where its new disks lie; the default pool by default."),
            .optional("image", imageCopy, "A disk made from an image, before all others."),
            .optional("cloudInit", cloudInit, "What its cloud-init is told; kept in the machine's seed alone."),
            .optional(
                "isos", .array(.string(.upTo(400)), most: VirtualMachineRules.mostISODrives),
                "ISO images by name or id, a drive for each; an empty text is an empty drive."
            ),
            .optional(
                "switches", .array(.string(.upTo(400, shortest: 1)), most: VirtualMachineRules.mostAdapters),
                "Switches by name or id, an adapter on each; the host's default switch by default."
            ),
        ] + settings

    private static let createUEFI = JSONSchema.request(
        createShared + secureBoot + [
            .optional("memory", memoryWithFirmware),
            .optional("generation", .choice(["2"])),
        ],
        "A machine with UEFI firmware."
    )

    private static let createBIOS = JSONSchema.request(
        createShared + [
            .optional("memory", memory),
            .required("generation", .choice(["1"])),
        ],
        "A machine with BIOS firmware."
    )

    private static let createDirect = JSONSchema.request(
        createShared + [
            .optional("memory", memory),
            .required("generation", .choice(["direct"])),
            .required(
                "directBoot",
                .request([
                    .required("kernel", .string(.absolutePath), "A file on the host; it is copied."),
                    .optional("initrd", .string(.absolutePath), "A file on the host; it is copied."),
                    .required("append", .string(.withoutNUL(longest: VirtualMachineRules.longestAppend))),
                ])
            ),
        ],
        "A machine that boots a kernel without firmware."
    )

    private static let update = JSONSchema.request(
        [
            .optional("name", .string(.newName)),
            .optional("memory", memory, "In bytes; a machine with firmware needs more than this least."),
            .optional("staticMemory", .boolean, "True makes dynamic memory stay as it is."),
        ] + settings + secureBoot)

    private static let start = JSONSchema.request([
        .optional("paused", .boolean, "Leave it paused before the guest's first instruction; false by default."),
        .optional(
            "discardState", .boolean, "Throw a saved machine's state away and start it anew; false by default."),
    ])

    private static let stopMachines = JSONSchema.request([
        .optional(
            "timeoutInSeconds", .integer(1...3600),
            "How long guests have to shut down before they are turned off; 120 by default.")
    ])

    private static let stop = JSONSchema.request([
        .optional("turnOff", .boolean, "Pull the plug rather than ask the guest; false by default."),
        .optional("timeoutInSeconds", .integer(1...3600), "How long the guest has to obey; 60 by default."),
    ])
}
