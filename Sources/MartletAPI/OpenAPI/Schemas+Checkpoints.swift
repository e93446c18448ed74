import MartletModel

extension Schemas {
    static let checkpoints: [(name: String, schema: JSONSchema)] = [
        (
            "Checkpoint",
            .object([
                .required("id", .uuid),
                .required("machine", .uuid),
                .optional("parent", .uuid, "The checkpoint that the machine had come from."),
                .required("name", .string()),
                .required("notes", .string()),
                .required("created", .time),
                .required("asked", .choice(CheckpointType.self), "What was asked for."),
                .required("kind", .choice(Checkpoint.Kind.self), "What it is."),
                .required("consistency", .choice(Checkpoint.Consistency.self), "What the data on the disks is worth."),
                .optional("warnings", .array(.string()), "What is not as it was asked for, and why."),
                .required("configuration", .named("VirtualMachineConfiguration")),
                .required("disks", .array(.named("CheckpointDisk"))),
                .optional("stoppedInMilliseconds", .integer(), "How long its guest stood still."),
                .optional("frozenInMilliseconds", .integer(), "How long its guest's file systems stood still."),
                .optional("status", .named("CheckpointStatus")),
            ])
        ),
        ("CheckpointDisk", .object([.required("disk", .uuid), .required("layer", .uuid)], "What a disk held.")),
        (
            "CheckpointStatus",
            .object(
                [
                    .required("size", .integer(), "What its files take on the disk, in bytes."),
                    .required("isCurrent", .boolean, "Whether the machine comes from it."),
                    .required("machine", .string(), "The machine's name."),
                ], "What was seen of a checkpoint when it was asked for.")
        ),
        (
            "DiskLayer",
            .object(
                [
                    .required("id", .uuid),
                    .required("file", .named("DiskFile")),
                    .optional("parent", .uuid, "The layer below."),
                    .required("isMerging", .boolean, "Whether what is above it is being written into it."),
                ], "What a disk held at a checkpoint.")
        ),
        (
            "DiskFile",
            .object([
                .optional("overlay", .uuid, "Not there for the file that the disk was made with."),
                .required("path", .string()),
                .required("format", .choice(Disk.Format.self)),
            ])
        ),
        (
            "CreateCheckpointRequest",
            .request([
                .optional("name", .string(.newName), "The machine's name and the time by default."),
                .optional("notes", .string(.upTo(VirtualMachineRules.longestNotes))),
                .optional(
                    "type", .choice(CheckpointType.allCases.filter { $0 != .disabled }.map(\.rawValue)),
                    "What the machine is set to by default."),
                .optional(
                    "freezeLimitInSeconds",
                    .integer(
                        Int64(CheckpointTree.freezeLimits.lowerBound)...Int64(CheckpointTree.freezeLimits.upperBound)),
                    "How long the guest may be frozen; \(CheckpointTree.defaultFreezeLimit) by default."),
            ])
        ),
        (
            "UpdateCheckpointRequest",
            .request([
                .optional("name", .string(.newName)),
                .optional("notes", .string(.upTo(VirtualMachineRules.longestNotes))),
            ])
        ),
        (
            "ExportCheckpointRequest",
            .request([.required("folder", .string(.absolutePath), "A folder on the host that isn't there yet.")])
        ),
    ]
}
