import MartletModel

extension Schemas {
    static let operations: [(name: String, schema: JSONSchema)] = [
        (
            "Operation",
            .object(
                [
                    .required("id", .uuid),
                    .required("kind", .string(), "Such as 'vm.start'."),
                    .required("title", .string()),
                    .required("subject", .string(), "The id of what it is about."),
                    .required("state", .choice(Operation.State.self)),
                    .required(
                        "steps",
                        .array(
                            .object([
                                .required("name", .string()), .required("state", .choice(Operation.Step.State.self)),
                            ]))
                    ),
                    .required("progress", JSONSchema(.number(least: 0, greatest: 1))),
                    .required("requestedBy", .string()),
                    .required("started", .time),
                    .optional("ended", .time),
                    .optional("error", .named("Failure")),
                    .required("messages", .array(.string()), "What is worth knowing beside success."),
                ],
                "A piece of work of several steps."
            )
        ),
        (
            "Failure",
            .object([
                .required("code", .string()), .required("message", .string()),
                .required("details", .array(.named("Detail"))),
            ])
        ),
        ("Detail", .object([.required("name", .string()), .required("value", .string())])),
        ("Problem", problem),
        ("Event", event),
    ]

    private static let problem = JSONSchema.object(
        [
            .required("type", .string()), .required("title", .string()), .required("status", .integer(400...599)),
            .required("detail", .string(), "A sentence with the offending value and the remedy."),
            .required("code", .string(), "Stable: what a program goes by."),
            .required("details", .array(.named("Detail"))), .required("requestID", .string()),
        ],
        "Problem details (RFC 9457)."
    )

    private static let event = JSONSchema.object(
        [
            .required("sequence", .integer(0...Int64.max)), .required("kind", .choice(Event.Kind.self)),
            .required("time", .time), .required("subject", .string(), "The id of what changed."),
            .optional("machine", .named("VirtualMachine")), .optional("disk", .named("Disk")),
            .optional("image", .named("Image")),
            .optional("checkpoint", .named("Checkpoint"), "As it was, of one that is deleted."),
            .optional("switch", .named("VirtualSwitch")), .optional("pool", .named("Pool")),
            .optional("operation", .named("Operation")),
        ],
        "One thing that changed: the data of a server-sent event."
    )

    static let host: [(name: String, schema: JSONSchema)] = [
        (
            "Host",
            .object([
                .required("id", .uuid), .required("name", .string()), .required("version", .string()),
                .required("apiURL", .string()), .required("certificateFingerprint", .string()),
                .required("root", .string()),
                .required("accelerator", .named("Accelerator")), .required("acceleratorReason", .string()),
                .optional("qemuVersion", .string()), .required("cpus", .integer()),
                .required("memory", .integer(), "In bytes."),
                .required("memoryAssigned", .integer(), "What the machines that are not off hold together, in bytes."),
                .required("machines", .integer()), .required("machinesRunning", .integer()),
                .required("started", .time),
                .required("warnings", .array(.string()), "What was set aside because it could not be read."),
            ])
        ),
        (
            "HostCheck",
            .object([
                .required("name", .string()), .required("result", .choice(HostCheck.Result.self)),
                .required("message", .string()), .optional("remedy", .string()),
            ])
        ),
    ]
}
