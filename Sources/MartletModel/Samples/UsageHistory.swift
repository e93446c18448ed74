/// What a machine or the host used over a span, a value for each interval; nil for what isn't known of one.
package struct UsageHistory: Hashable, Sendable, Codable {
    package var span: SampleSpan
    /// Of the first interval.
    package var start: Moment
    package var stepInSeconds: Int64
    /// In percent of one processor.
    package var processorPercent: [Double?]
    /// In bytes.
    package var memoryAssigned: [Double?]
    package var memoryDemanded: [Double?]
    package var diskReadBytesPerSecond: [Double?]
    package var diskWrittenBytesPerSecond: [Double?]
    package var diskReadsPerSecond: [Double?]
    package var diskWritesPerSecond: [Double?]
    package var receivedBytesPerSecond: [Double?]
    package var sentBytesPerSecond: [Double?]

    /// The whole span up to the last interval of which there can be a sample.
    ///
    /// - Parameters:
    ///   - rows: in any order; of several of one interval the last counts, and those outside of the span don't.
    ///   - seconds: now, since 1970.
    package init(_ span: SampleSpan, rows: [SampleRollup.Row], now seconds: Int64) {
        self.span = span
        stepInSeconds = span.stepInSeconds
        // Of the longer spans the present interval is there too, as far as it has come.
        let end = span.tick(at: seconds - SampleSpan.hour.stepInSeconds) + 1
        let first = end - Int64(span.count)
        start = Moment(milliseconds: first * span.stepInSeconds * 1_000)
        var samples = [UsageSample](repeating: UsageSample(), count: span.count)
        for row in rows where row.span == span && (first..<end).contains(row.tick) {
            samples[Int(row.tick - first)] = row.sample
        }
        func values(_ column: KeyPath<UsageSample, Double?>, _ digits: Double = 1) -> [Double?] {
            samples.map { sample in sample[keyPath: column].map { ($0 * digits).rounded() / digits } }
        }
        processorPercent = values(\.processorPercent, 10)
        memoryAssigned = values(\.memoryAssigned)
        memoryDemanded = values(\.memoryDemanded)
        diskReadBytesPerSecond = values(\.diskReadBytes)
        diskWrittenBytesPerSecond = values(\.diskWrittenBytes)
        diskReadsPerSecond = values(\.diskReads, 10)
        diskWritesPerSecond = values(\.diskWrites, 10)
        receivedBytesPerSecond = values(\.receivedBytes)
        sentBytesPerSecond = values(\.sentBytes)
    }
}
