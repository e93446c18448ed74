import MartletModel

extension UsageHistory: Tabular {
    static var columns: [Column<UsageHistory>] { [Column("SPAN") { $0.span.rawValue }] }

    func fields(now: Moment) -> [Field] {
        func bytes(_ value: Double) -> String { "\(ByteCount(bytes: Int64(value)))" }
        func rate(_ value: Double) -> String { "\(bytes(value))/s" }
        func count(_ value: Double) -> String { "\((value * 10).rounded() / 10)/s" }
        return [
            Field("From", "\(start)"),
            Field("Processors", Sparkline.line(processorPercent) { "\($0.rounded())%" }),
            Field("Memory assigned", Sparkline.line(memoryAssigned, bytes)),
            Field("Memory demanded", Sparkline.line(memoryDemanded, bytes)),
            Field("Disk read", Sparkline.line(diskReadBytesPerSecond, rate)),
            Field("Disk written", Sparkline.line(diskWrittenBytesPerSecond, rate)),
            Field("Reads", Sparkline.line(diskReadsPerSecond, count)),
            Field("Writes", Sparkline.line(diskWritesPerSecond, count)),
            Field("Received", Sparkline.line(receivedBytesPerSecond, rate)),
            Field("Sent", Sparkline.line(sentBytesPerSecond, rate)),
        ]
    }
}

/// Values as a line of blocks, from nothing to the greatest of them.
enum Sparkline {
    /// How many characters it has.
    static let width = 48
    private static let blocks = Array("▁▂▃▄▅▆▇█")

    /// The line, with the least, the mean and the greatest; what isn't known is left blank.
    static func line(_ values: [Double?], _ text: (Double) -> String) -> String {
        let known = values.compactMap(\.self)
        guard let least = known.min(), let greatest = known.max() else { return "not known" }
        let mean = known.reduce(0, +) / Double(known.count)
        return "\(draw(values, greatest: greatest))  \(text(least)) · \(text(mean)) · \(text(greatest))"
    }

    /// Each character is the mean of what falls into it.
    private static func draw(_ values: [Double?], greatest: Double) -> String {
        String(
            (0..<width).map { place -> Character in
                let part = values[(place * values.count / width)..<((place + 1) * values.count / width)]
                let known = part.compactMap(\.self)
                guard !known.isEmpty else { return " " }
                guard greatest > 0 else { return blocks[0] }
                let height = known.reduce(0, +) / Double(known.count) / greatest
                return blocks[min(blocks.count - 1, max(0, Int(height * Double(blocks.count))))]
            })
    }
}
