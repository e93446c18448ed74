import MartletModel

extension Schemas {
    static let figures: [(name: String, schema: JSONSchema)] = [
        ("VirtualMachineFigures", machineFigures), ("MemoryFigures", memoryFigures), ("DiskFigures", diskFigures),
        ("AdapterFigures", adapterFigures), ("UsageHistory", usageHistory),
    ]

    private static let count = JSONSchema.integer(0...Int64.max)
    private static let number = JSONSchema(.number(least: 0, greatest: 1e15))

    private static let machineFigures = JSONSchema.object(
        [
            .required("time", .time, "When it was looked at."),
            .required("processorSeconds", number, "Processor time since its start."),
            .required("processorPercent", number, "What it uses of its own processors now; 100 is all of them."),
            .optional("memory", .named("MemoryFigures")),
            .required("resident", count, "What QEMU occupies of the host's memory, in bytes."),
            .required("disks", .array(.named("DiskFigures"))),
            .required("adapters", .array(.named("AdapterFigures"))),
            .required("addresses", .array(.string()), "The addresses that its switches gave it."),
        ],
        "What a running machine uses; its counters begin at 0 with each start."
    )

    private static let memoryFigures = JSONSchema.object([
        .required("assigned", count, "What the guest holds, in bytes."),
        .required("target", count, "What it was told to hold, in bytes."),
        .optional("demanded", count, "What it demands, in bytes; not there while its driver tells nothing."),
    ])

    private static let diskFigures = JSONSchema.object([
        .required("disk", .uuid), .required("readBytes", count), .required("writtenBytes", count),
        .required("reads", count), .required("writes", count), .required("errors", count),
    ])

    private static let adapterFigures = JSONSchema.object([
        .required("slot", count), .required("receivedBytes", count), .required("sentBytes", count),
        .required("receivedPackets", count), .required("sentPackets", count), .required("droppedPackets", count),
    ])

    private static let usageHistory = JSONSchema.object(
        [
            .required("span", .choice(SampleSpan.self)), .required("start", .time, "When the first interval began."),
            .required("stepInSeconds", .integer(), "How long an interval is."),
            .required("processorPercent", values, "Of one processor: 200 is two of them."),
            .required("memoryAssigned", values, "In bytes."),
            .required("memoryDemanded", values, "In bytes; of the host what is in use."),
            .required("diskReadBytesPerSecond", values), .required("diskWrittenBytesPerSecond", values),
            .required("diskReadsPerSecond", values), .required("diskWritesPerSecond", values),
            .required("receivedBytesPerSecond", values), .required("sentBytesPerSecond", values),
        ],
        "What was used over a span: in each list the mean of each interval, null where it isn't known."
    )

    private static let values = JSONSchema.array(
        JSONSchema(.numberOrNull(least: 0, greatest: 1e18)), fewest: SampleSpan.allCases.map(\.count).min() ?? 0,
        most: SampleSpan.allCases.map(\.count).max())
}
