/// A machine's counters at one look, of which two make a sample.
package struct UsageCounters: Hashable, Sendable {
    package var time: Moment
    package var processorSeconds: Double
    package var memoryAssigned: Double?
    package var memoryDemanded: Double?
    package var diskReadBytes: Int64
    package var diskWrittenBytes: Int64
    package var diskReads: Int64
    package var diskWrites: Int64
    package var receivedBytes: Int64
    package var sentBytes: Int64

    package init(_ figures: VirtualMachineFigures) {
        time = figures.time
        processorSeconds = figures.processorSeconds
        memoryAssigned = figures.memory.map { Double($0.assigned.bytes) }
        memoryDemanded = figures.memory?.demanded.map { Double($0.bytes) }
        diskReadBytes = Self.sum(figures.disks, \.readBytes)
        diskWrittenBytes = Self.sum(figures.disks, \.writtenBytes)
        diskReads = Self.sum(figures.disks, \.reads)
        diskWrites = Self.sum(figures.disks, \.writes)
        receivedBytes = Self.sum(figures.adapters, \.receivedBytes)
        sentBytes = Self.sum(figures.adapters, \.sentBytes)
    }

    /// QEMU's counters aren't ours: their sum may be anything.
    private static func sum<Item>(_ items: [Item], _ counter: KeyPath<Item, Int64>) -> Int64 {
        items.reduce(0) { $0.addingReportingOverflow($1[keyPath: counter]).partialValue }
    }

    /// How far apart two looks may be to say something of the time between them, in seconds.
    private static let apart = 0.5...60

    /// What was used since an earlier look. Where there was none, or one that is too long ago, only what is so now is known; a counter
    /// that went back, as with a new start or a disk that was taken out, says nothing.
    package func sample(since before: UsageCounters?) -> UsageSample {
        var sample = UsageSample()
        sample.memoryAssigned = memoryAssigned
        sample.memoryDemanded = memoryDemanded
        guard let before else { return sample }
        let seconds = Double(time.milliseconds - before.time.milliseconds) / 1_000
        guard Self.apart.contains(seconds), processorSeconds >= before.processorSeconds else { return sample }
        sample.processorPercent = (processorSeconds - before.processorSeconds) / seconds * 100
        func rate(_ counter: KeyPath<UsageCounters, Int64>) -> Double? {
            let (grown, overflows) = self[keyPath: counter].subtractingReportingOverflow(before[keyPath: counter])
            return grown < 0 || overflows ? nil : Double(grown) / seconds
        }
        sample.diskReadBytes = rate(\.diskReadBytes)
        sample.diskWrittenBytes = rate(\.diskWrittenBytes)
        sample.diskReads = rate(\.diskReads)
        sample.diskWrites = rate(\.diskWrites)
        sample.receivedBytes = rate(\.receivedBytes)
        sample.sentBytes = rate(\.sentBytes)
        return sample
    }
}
