import FoundationEssentials
import MartletModel
import Testing

@Suite("Kept samples")
struct SampleTests {
    private func sample(_ value: Double) -> UsageSample {
        var sample = UsageSample()
        sample.processorPercent = value
        sample.sentBytes = value * 2
        return sample
    }

    @Test("each span has a place for each of its intervals, and all fit in a file of a few tens of KiB")
    func layout() {
        #expect(SampleSpan.allCases.map { $0.stepInSeconds * Int64($0.count) } == [3_600, 86_400, 604_800])
        var end = SampleFile.header.count
        for span in SampleSpan.allCases {
            let range = SampleFile.range(of: span)
            #expect(range.lowerBound == end)
            let places = Set((-5..<Int64(span.count - 5)).map { SampleFile.place(of: span, tick: $0) })
            #expect(places.count == span.count && places.allSatisfy { range.contains($0) })
            #expect(SampleFile.place(of: span, tick: 7) == SampleFile.place(of: span, tick: 7 + Int64(span.count)))
            end = range.upperBound
        }
        #expect(SampleFile.size == end && end < 100 << 10)
    }

    @Test("what is written is read again, whatever the interval", arguments: 0..<20)
    func roundTrip(_: Int) {
        for span in SampleSpan.allCases {
            let first = Int64.random(in: -1_000...(1 << 40))
            let rows = (0..<Int64(span.count)).map { place in
                var sample = UsageSample()
                for column in UsageSample.columns where Bool.random() {
                    sample[keyPath: column] = Double(Float.random(in: 0...1e12))
                }
                return SampleRollup.Row(span: span, tick: first + place, sample: sample)
            }
            let ring = write(rows, span)
            let decoded = SampleFile.decode(ring, of: span)
            #expect(decoded.damaged == 0 && Set(decoded.rows) == Set(rows))
        }
    }

    private func write(_ rows: [SampleRollup.Row], _ span: SampleSpan) -> [UInt8] {
        let range = SampleFile.range(of: span)
        var ring = [UInt8](repeating: 0, count: range.count)
        for row in rows {
            let place = SampleFile.place(of: span, tick: row.tick) - range.lowerBound
            ring.replaceSubrange(place..<(place + SampleFile.rowSize), with: SampleFile.encode(row))
        }
        return ring
    }

    @Test("a row that is torn, or stands where it doesn't belong, is left out and counted, and the others are read")
    func damaged() {
        let rows = (1_000..<1_010).map { SampleRollup.Row(span: .day, tick: $0, sample: sample(Double($0))) }
        let whole = write(rows, .day)
        for bit in 0..<(SampleFile.rowSize * 8) {
            var ring = whole
            let place = SampleFile.place(of: .day, tick: 1_003) - SampleFile.range(of: .day).lowerBound
            ring[place + bit / 8] ^= 1 << (bit % 8)
            let decoded = SampleFile.decode(ring, of: .day)
            #expect(decoded.damaged == 1 && decoded.rows.count == 9 && !decoded.rows.contains { $0.tick == 1_003 })
        }
        let shifted = SampleFile.decode([UInt8](repeating: 0, count: SampleFile.rowSize) + whole, of: .day)
        #expect(shifted.rows.isEmpty && shifted.damaged == 10)
    }

    @Test("garbage of any length is no samples and no trap", arguments: 0..<100)
    func garbage(_: Int) {
        let bytes = (0..<Int.random(in: 0...2_000)).map { _ in UInt8.random(in: .min ... .max) }
        #expect(SampleFile.decode(bytes, of: .week).rows.isEmpty)
    }

    @Test("a longer interval's sample is the mean of what came in it, also when a new daemon goes on in the middle")
    func rollup() {
        let start: Int64 = 90 * 12 * 1_000
        let values = (0..<30).map { _ in Double.random(in: 0...400) }
        var whole = SampleRollup()
        for (place, value) in values.enumerated() { whole.add(sample(value), tick: start + Int64(place)) }
        let rows = whole.take()
        #expect(whole.isEmpty && rows.count { $0.span == .hour } == 30)
        func mean(_ part: ArraySlice<Double>) -> Double { part.reduce(0, +) / Double(part.count) }
        func found(_ rows: [SampleRollup.Row], _ span: SampleSpan) -> [Double] {
            rows.filter { $0.span == span }.compactMap(\.sample.processorPercent)
        }
        let days = found(rows, .day)
        #expect(
            days.count == 3
                && zip(days, [mean(values[0..<12]), mean(values[12..<24]), mean(values[24..<30])]).allSatisfy {
                    abs($0 - $1) < 1e-6
                })
        let weeks = found(rows, .week)
        #expect(weeks.count == 1 && abs(weeks[0] - mean(values[...])) < 1e-6)

        var later = SampleRollup(resuming: rows.filter { $0.tick < start + 29 }, at: start + 29)
        later.add(sample(values[29]), tick: start + 29)
        let resumed = later.take()
        #expect(abs((found(resumed, .week).first ?? 0) - weeks[0]) < 1e-6)
        #expect(abs((found(resumed, .day).first ?? 0) - days[2]) < 1e-6)
    }

    @Test(
        "a history has every interval of its span in order, null where nothing is known, and nothing of a round before")
    func history() {
        let now: Int64 = 1_790_000_005
        let present = SampleSpan.hour.tick(at: now)
        var rows = (1...5).map { SampleRollup.Row(span: .hour, tick: present - $0, sample: sample(Double($0))) }
        rows.append(.init(span: .hour, tick: present - 360 - 7, sample: sample(99)))
        rows.append(.init(span: .hour, tick: .max, sample: sample(98)))
        rows.append(.init(span: .hour, tick: present - 1, sample: sample(50)))
        let history = UsageHistory(
            .hour, rows: rows.shuffled().sorted { $0.sample.processorPercent ?? 0 < $1.sample.processorPercent ?? 0 },
            now: now)
        #expect(history.processorPercent.count == 360)
        #expect(history.processorPercent.suffix(6) == [nil, 5, 4, 3, 2, 50])
        #expect(history.sentBytesPerSecond.last == 100)
        #expect(history.processorPercent.dropLast(5).allSatisfy { $0 == nil })
        #expect(history.start.milliseconds == (present - 360) * 10_000)
    }

    @Test("two looks make rates; a counter that goes back, and looks too far apart, make none")
    func rates() {
        func counters(_ seconds: Int64, cpu: Double, read: Int64) -> UsageCounters {
            let disk = VirtualMachineFigures.Disk(
                disk: ID(UUID()), readBytes: read, writtenBytes: 0, reads: 0, writes: 0,
                errors: 0)
            return UsageCounters(
                VirtualMachineFigures(
                    time: Moment(milliseconds: seconds * 1_000), processorSeconds: cpu, processorPercent: 0,
                    memory: .init(assigned: .mebibytes(64), target: .mebibytes(64)), resident: .mebibytes(1),
                    disks: [disk]))
        }
        let first = counters(0, cpu: 1, read: 1_000)
        let sample = counters(10, cpu: 16, read: 51_000).sample(since: first)
        #expect(sample.processorPercent == 150 && sample.diskReadBytes == 5_000)
        #expect(sample.memoryAssigned == Double(64 << 20) && sample.memoryDemanded == nil)
        let swapped = counters(10, cpu: 2, read: 5).sample(since: first)
        #expect(swapped.processorPercent == 10 && swapped.diskReadBytes == nil)
        for other in [
            counters(10, cpu: 0.5, read: 2_000), counters(100, cpu: 9, read: 2_000), counters(-5, cpu: 9, read: 9_000),
        ] {
            let sample = other.sample(since: first)
            #expect(sample.processorPercent == nil && sample.diskReadBytes == nil && sample.memoryAssigned != nil)
        }
        #expect(counters(0, cpu: 1, read: .min).sample(since: counters(-10, cpu: 1, read: .max)).diskReadBytes == nil)
        #expect(first.sample(since: nil).processorPercent == nil)
    }
}
