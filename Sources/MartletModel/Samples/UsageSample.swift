/// What a machine or the host used in one interval, on average; nil for what isn't known.
package struct UsageSample: Hashable, Sendable {
    /// In percent of one processor: 200 is two of them at full load.
    package var processorPercent: Double?
    /// In bytes.
    package var memoryAssigned: Double?
    /// In bytes.
    package var memoryDemanded: Double?
    /// A second; so are the others below.
    package var diskReadBytes: Double?
    package var diskWrittenBytes: Double?
    package var diskReads: Double?
    package var diskWrites: Double?
    package var receivedBytes: Double?
    package var sentBytes: Double?

    package init() {}

    /// All of it, in the order in which it is kept and never changes.
    package static let columns: [any WritableKeyPath<UsageSample, Double?> & Sendable] = [
        \.processorPercent, \.memoryAssigned, \.memoryDemanded, \.diskReadBytes, \.diskWrittenBytes, \.diskReads,
        \.diskWrites, \.receivedBytes, \.sentBytes,
    ]

    /// Whether nothing is known.
    package var isEmpty: Bool { Self.columns.allSatisfy { self[keyPath: $0] == nil } }

    /// What several have together; a thing that none knows stays unknown.
    package static func sum(_ samples: [UsageSample]) -> UsageSample {
        var sum = UsageSample()
        for column in columns {
            let known = samples.compactMap { $0[keyPath: column] }
            if !known.isEmpty { sum[keyPath: column] = known.reduce(0, +) }
        }
        return sum
    }
}

/// The mean of samples, one after another; each thing's over those that know it.
struct UsageMean: Hashable, Sendable {
    private var sums = [Double](repeating: 0, count: UsageSample.columns.count)
    private var counts = [Int](repeating: 0, count: UsageSample.columns.count)

    mutating func add(_ sample: UsageSample) {
        for (place, column) in UsageSample.columns.enumerated() {
            guard let value = sample[keyPath: column] else { continue }
            sums[place] += value
            counts[place] += 1
        }
    }

    var value: UsageSample {
        var mean = UsageSample()
        for (place, column) in UsageSample.columns.enumerated() where counts[place] > 0 {
            mean[keyPath: column] = sums[place] / Double(counts[place])
        }
        return mean
    }
}
