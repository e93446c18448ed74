import MartletModel

extension Schemas {
    static let machines: [(name: String, schema: JSONSchema)] = [
        ("VirtualMachine", machine), ("VirtualMachineConfiguration", configuration), ("VirtualMachineStatus", status),
        ("VirtualMachineState", .choice(VirtualMachineState.self)), ("Accelerator", .choice(Accelerator.self)),
        ("DirectBoot", directBoot), ("Adapter", adapter), ("NewDisk", newDisk),
        ("CreateVirtualMachineRequest", .variants([createWithFirmware, createDirect])),
        ("UpdateVirtualMachineRequest", update), ("StartVirtualMachineRequest", start),
        ("StopVirtualMachineRequest", stop),
    ]

    private static let mebibyte: Int64 = 1 << 20
    private static let memory = memory(least: VirtualMachineRules.memoryInMebibytes.lowerBound)
    private static let memoryWithFirmware = memory(least: VirtualMachineRules.leastMemoryOfFirmwareInMebibytes)

    private static func memory(least: Int64) -> JSONSchema {
        let greatest = VirtualMachineRules.memoryInMebibytes.upperBound
        return .integer(least * mebibyte...greatest * mebibyte, multipleOf: mebibyte).described(
            "In bytes; 1 GiB by default.")
    }
    private static let cpus = JSONSchema.integer(
        Int64(VirtualMachineRules.cpus.lowerBound)...Int64(VirtualMachineRules.cpus.upperBound)
    )
    private static let notes = JSONSchema.string(.upTo(VirtualMachineRules.longestNotes))

    private static let machine = JSONSchema.object(
        [
            .required("id", .uuid),
            .required("name", .string()),
            .required("state", .named("VirtualMachineState")),
            .required("revision", .integer(0...Int64.max), "The configuration's revision: what ETag carries."),
            .required("configuration", .named("VirtualMachineConfiguration")),
            .required("status", .named("VirtualMachineStatus")),
        ],
        "A machine: what is wanted of it and what was seen of it."
    )

    private static let configuration = JSONSchema.object([
        .required("id", .uuid),
        .required("name", .string()),
        .required("notes", .string()),
        .required("generation", .choice(VirtualMachineConfiguration.Generation.self)),
        .required("machineType", .string(), "QEMU's machine type, which a guest keeps for life."),
        .required("memory", .integer(), "In bytes."),
        .required("cpus", .integer()),
        .required("secureBoot", .boolean),
        .optional("directBoot", .named("DirectBoot")),
        .required("disks", .array(.uuid), "In the order in which the guest sees them."),
        .required("adapters", .array(.named("Adapter"))),
        .required("created", .time),
        .required("folder", .string(), "The folder of its files, relative to the host's root."),
    ])

    private static let status = JSONSchema.object([
        .required("state", .named("VirtualMachineState")),
        .required("since", .time, "When it came into this state."),
        .optional("started", .time, "When its guest was started."),
        .optional("processID", .integer()),
        .optional("accelerator", .named("Accelerator")),
        .optional("cause", .named("Failure"), "Why it failed, or why it last went off by itself."),
    ])

    private static let directBoot = JSONSchema.object([
        .required("kernel", .string()),
        .optional("initrd", .string()),
        .required("append", .string()),
    ])

    private static let adapter = JSONSchema.object([
        .required("switch", .uuid),
        .required("hardwareAddress", .string()),
    ])

    private static let newDisk = JSONSchema.variants([
        .request([.required("capacity", diskCapacity)], "A new, empty disk."),
        .request([.required("disk", .string(.upTo(400, shortest: 1)), "A disk's name or id.")], "A disk that exists."),
    ])

    /// What both kinds of new machine have.
    private static let createShared: [JSONSchema.Property] = [
        .required("name", .string(.newName)),
        .optional("notes", notes),
        .optional("cpus", cpus, "1 by default."),
        .optional("disks", .array(.named("NewDisk"), most: VirtualMachineRules.mostDisks)),
        .optional(
            "switches", .array(.string(.upTo(400, shortest: 1)), most: VirtualMachineRules.mostAdapters),
            "Switches by name or id, an adapter on each; the host's default switch by default."
        ),
    ]

    private static let createWithFirmware = JSONSchema.request(
        createShared + [
            .optional("memory", memoryWithFirmware),
            .optional("generation", .choice(["2"])),
            .optional("secureBoot", .boolean, "True by default."),
        ],
        "A machine with UEFI firmware."
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

    private static let update = JSONSchema.request([
        .optional("notes", notes),
        .optional("memory", memory, "In bytes; a machine with firmware needs more than this least."),
        .optional("cpus", cpus),
    ])

    private static let start = JSONSchema.request([
        .optional("paused", .boolean, "Leave it paused before the guest's first instruction; false by default.")
    ])

    private static let stop = JSONSchema.request([
        .optional("turnOff", .boolean, "Pull the plug rather than ask the guest; false by default."),
        .optional("timeoutInSeconds", .integer(1...3600), "How long the guest has to obey; 60 by default."),
    ])
}
