/// Makes the samples of every span from those of the shortest, and holds what isn't written yet.
package struct SampleRollup: Sendable {
    /// A sample of a span, with the number of its interval.
    package struct Row: Hashable, Sendable {
        package var span: SampleSpan
        package var tick: Int64
        package var sample: UsageSample

        package init(span: SampleSpan, tick: Int64, sample: UsageSample) {
            self.span = span
            self.tick = tick
            self.sample = sample
        }
    }

    /// What has come of an interval of a longer span so far.
    private struct Part {
        var tick: Int64
        var mean = UsageMean()
    }

    private static let longer: [SampleSpan] = [.day, .week]

    private var parts: [SampleSpan: Part] = [:]
    private var pending: [Row] = []

    /// Goes on where an earlier one stopped.
    ///
    /// - Parameters:
    ///   - kept: the samples of the shortest span that are there, of which those of the present intervals count.
    ///   - tick: the number of the present interval of the shortest span.
    package init(resuming kept: [Row] = [], at tick: Int64 = 0) {
        for row in kept where row.span == .hour && row.tick < tick { add(to: row) { Self.number($0, of: tick) } }
    }

    /// Whether everything was taken.
    package var isEmpty: Bool { pending.isEmpty }

    /// Takes the sample of an interval of the shortest span. Intervals come in order; one that isn't newer than the last one of
    /// which a sample is pending takes its place.
    package mutating func add(_ sample: UsageSample, tick: Int64) {
        guard !sample.isEmpty else { return }
        let row = Row(span: .hour, tick: tick, sample: sample)
        put(row)
        add(to: row) { Self.number($0, of: tick) }
        for span in Self.longer {
            if let part = parts[span] { put(Row(span: span, tick: part.tick, sample: part.mean.value)) }
        }
    }

    private mutating func put(_ row: Row) {
        if let place = pending.firstIndex(where: { $0.span == row.span && $0.tick == row.tick }) {
            pending[place] = row
        } else {
            pending.append(row)
        }
    }

    /// - Parameter present: the number of a span's interval that counts now.
    private mutating func add(to row: Row, _ present: (SampleSpan) -> Int64) {
        for span in Self.longer where Self.number(span, of: row.tick) == present(span) {
            if parts[span]?.tick != present(span) { parts[span] = Part(tick: present(span)) }
            parts[span]?.mean.add(row.sample)
        }
    }

    private static func number(_ span: SampleSpan, of tick: Int64) -> Int64 {
        span.tick(at: tick &* SampleSpan.hour.stepInSeconds)
    }

    /// What is to be written, which is the caller's from here on.
    package mutating func take() -> [Row] {
        defer { pending = [] }
        return pending
    }

    /// What isn't written yet, of one span.
    package func waiting(_ span: SampleSpan) -> [Row] { pending.filter { $0.span == span } }
}
