import MartletModel

/// What an administrator chooses of a machine, whether it is made or changed.
extension Schemas {
    private typealias Rules = VirtualMachineRules
    private static func range(_ range: ClosedRange<Int>) -> JSONSchema {
        .integer(Int64(range.lowerBound)...Int64(range.upperBound))
    }

    /// Without memory and Secure Boot, which differ by generation.
    static let settings: [JSONSchema.Property] = [
        .optional("notes", .string(.upTo(Rules.longestNotes))),
        .optional("labels", labels, "At most \(Rules.mostLabels); replaces those that there are."),
        .optional("dynamicMemory", .named("DynamicMemory"), "Makes memory follow what the guest demands."),
        .optional("cpus", range(Rules.cpus), "1 by default."),
        .optional("processor", .named("Processor")),
        .optional("tpm", .boolean, "A TPM 2.0; false by default."),
        .optional("bootOrder", bootOrder),
        .optional(
            "watchdogAction", .choice(VirtualMachineConfiguration.WatchdogAction.self),
            "What happens when the guest's watchdog runs out; reset by default."),
        .optional("automaticStart", .named("AutomaticStart")),
        .optional(
            "automaticStopAction", .choice(VirtualMachineConfiguration.AutomaticStopAction.self),
            "What happens when the host goes down; save by default."),
        .optional(
            "restartPolicy", .choice(VirtualMachineConfiguration.RestartPolicy.self),
            "What follows when the guest stops unasked; never by default."),
        .optional("disabledServices", services, "The integration services that are off; none by default."),
        .optional("guestValues", guestValues, "What the guest is told, by name."),
        .optional("checkpointType", .choice(CheckpointType.self), "production by default."),
    ]

    static let guestValues = JSONSchema(
        .texts(names: .guestValueName, values: .guestValue, fewest: 0, most: GuestValueRules.most))

    static let services = JSONSchema.array(.choice(GuestService.self), most: GuestService.allCases.count)

    static let secureBoot: [JSONSchema.Property] = [
        .optional("secureBoot", .boolean, "True by default, for generation 2 alone."),
        .optional("secureBootTemplate", .choice(VirtualMachineConfiguration.SecureBootTemplate.self)),
    ]

    static let labels = labels(fewest: 0)

    static func labels(fewest: Int) -> JSONSchema {
        JSONSchema(
            .texts(
                names: .labelName, values: .labelValue, fewest: fewest, most: VirtualMachineRules.mostLabels))
    }

    static let bootOrder = JSONSchema.array(
        .choice(VirtualMachineConfiguration.BootDevice.self), fewest: 1,
        most: VirtualMachineConfiguration.BootDevice.allCases.count
    ).described("What firmware may boot from, in order; disk, iso, network by default.")

    static let processor = JSONSchema.request([
        .optional(
            "topology",
            .request([
                .required("sockets", range(Rules.cpus)), .required("cores", range(Rules.cpus)),
                .required("threads", range(Rules.cpus)),
            ]),
            "One socket by default."),
        .required("weight", range(Rules.processorWeight), "Its share of a busy host, relative to others."),
        .required("limitInPercent", range(Rules.processorLimitInPercent), "Of its own processors."),
        .required("reservationInPercent", range(Rules.processorReservationInPercent), "Of its own processors."),
        .optional("model", .string(.upTo(64, shortest: 1)), "QEMU's name; all that the host offers by default."),
        .required("nested", .boolean, "Whether the guest can be a host itself."),
        .required("compatibility", .boolean, "Whether it can move between unlike hosts."),
    ])

    static let dynamicMemory = JSONSchema.request([
        .required("minimum", memory, "In bytes; at most the memory at start."),
        .required("maximum", memory, "In bytes; at least the memory at start."),
        .required("bufferInPercent", range(Rules.memoryBufferInPercent), "What it gets beyond its demand."),
        .required("priority", range(Rules.memoryPriority)),
    ])

    static let automaticStart = JSONSchema.request([
        .required("action", .choice(VirtualMachineConfiguration.AutomaticStart.Action.self)),
        .required("delayInSeconds", range(Rules.startDelayInSeconds)),
    ])
}
