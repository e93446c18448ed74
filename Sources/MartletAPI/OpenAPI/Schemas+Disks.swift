import MartletModel

extension Schemas {
    static let diskCapacity = JSONSchema.integer(VirtualMachineRules.diskCapacity, multipleOf: 512).described(
        "In bytes.")

    private static let nameOrID = JSONSchema.string(.upTo(400, shortest: 1))

    static let disks: [(name: String, schema: JSONSchema)] = [
        ("Disk", disk), ("DiskStatus", diskStatus),
        ("CreateDiskRequest", .variants([createEmptyDisk, createDiskOfFile])),
        (
            "AttachDiskRequest",
            .request([
                .required("machine", nameOrID, "A machine's name or id."),
                .optional("slot", slot, "Its place; the first that is free by default."),
            ])
        ),
        (
            "DetachDiskRequest",
            .request([
                .optional(
                    "timeoutInSeconds", .integer(1...3600), "How long a running guest may take; 30 by default.")
            ])
        ),
        (
            "ResizeDiskRequest",
            .request([
                .required("capacity", diskCapacity),
                .optional("shrink", .boolean, "Whether it may become smaller; false by default."),
            ])
        ),
        (
            "ConvertDiskRequest",
            .request([
                .required("format", .choice(Disk.Format.self)),
                .optional(
                    "name", .string(.newName), "The name of a new disk; without it the disk itself is converted."),
                .optional("pool", nameOrID, "Where a new disk is made; the disk's own pool by default."),
            ])
        ),
        (
            "ExportDiskRequest",
            .request([
                .required("file", .string(.absolutePath), "A file on the host that isn't there yet."),
                .optional("format", .choice(Disk.Format.self), "The disk's own by default."),
            ])
        ),
    ]

    private static let slot = JSONSchema.integer(
        Int64(VirtualMachineRules.diskSlots.lowerBound)...Int64(VirtualMachineRules.diskSlots.upperBound))

    private static let disk = JSONSchema.object([
        .required("id", .uuid),
        .required("name", .string()),
        .required("format", .choice(Disk.Format.self)),
        .required("capacity", .integer(), "What the guest sees, in bytes."),
        .required("path", .string(), "The file: relative to the host's root, or absolute in a pool elsewhere."),
        .optional("machine", .uuid, "The machine that has it."),
        .optional("backing", .uuid, "The image that it is a linked copy of."),
        .optional("pool", .uuid, "The pool that it is in; not there for the root's own."),
        .optional("overlay", .uuid, "Not there for the file that it was made with."),
        .optional("layers", .array(.named("DiskLayer")), "What it held at its machine's checkpoints."),
        .optional("parent", .uuid, "The layer that its file lies over."),
        .optional("isSwitching", .boolean, "Whether its guest is stopped for an instant while a checkpoint is merged."),
        .required("created", .time),
        .optional("status", .named("DiskStatus")),
    ])

    private static let diskStatus = JSONSchema.object(
        [
            .required("isPresent", .boolean, "Whether its file is there."),
            .optional("allocated", .integer(), "What its file takes on the host, in bytes."),
            .required("pool", .string(), "The name of its pool."),
            .optional("machine", .string(), "The name of the machine that has it."),
            .optional("slot", .integer(), "Its place in that machine."),
            .required("isInUse", .boolean, "Whether a machine that isn't off has it, or an operation works on it."),
        ],
        "What was seen of a disk when it was asked for."
    )

    private static let createEmptyDisk = JSONSchema.request(
        [
            .required("name", .string(.newName)), .required("capacity", diskCapacity),
            .optional("format", .choice(["qcow2", "raw"]), "qcow2 by default."), .optional("pool", nameOrID),
        ],
        "An empty disk."
    )

    private static let createDiskOfFile = JSONSchema.request(
        [
            .required("name", .string(.newName)), .required("file", .string(.absolutePath), "An image on the host."),
            .optional(
                "fileFormat", .choice(["qcow2", "raw", "vhdx", "vhd", "vmdk"]), "Known by its content by default."),
            .optional("format", .choice(Disk.Format.self), "qcow2 by default."), .optional("pool", nameOrID),
        ],
        "A disk with what an image has."
    )

    static let pools: [(name: String, schema: JSONSchema)] = [
        (
            "Pool",
            .object([
                .required("id", .uuid),
                .required("name", .string()),
                .required("path", .string(), "Its folder, absolute."),
                .required("isDefault", .boolean, "Whether new disks lie here when nothing else is said."),
                .required("created", .time),
                .optional("status", .named("PoolStatus")),
            ])
        ),
        (
            "PoolStatus",
            .object([
                .required("state", .choice(PoolStatus.State.self)),
                .optional("total", .integer(), "The size of its file system, in bytes."),
                .optional("free", .integer(), "What may still be written there, in bytes."),
                .required("disks", .integer()),
            ])
        ),
        (
            "CreatePoolRequest",
            .request([
                .required("name", .string(.newName)), .required("path", .string(.absolutePath)),
                .optional("isDefault", .boolean, "False by default."),
            ])
        ),
        (
            "UpdatePoolRequest",
            .request([.optional("name", .string(.newName)), .optional("isDefault", .boolean)])
        ),
    ]
}
