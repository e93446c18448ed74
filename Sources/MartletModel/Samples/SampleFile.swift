/// How samples are kept in a file: rings of rows at fixed places, one for each span.
///
///     16 bytes   "MLTSAMPL", version, number of columns (32 bits each)
///     360 rows   of the hour, then 720 of the day, then 672 of the week
///
/// A row is the number of its interval (64 bits), a value for each column (32-bit floating point, a NaN for what isn't known) and a
/// checksum (FNV-1a, 32 bits), all little-endian; its place is its number modulo its ring's length. A row that never was is all
/// zeros. So a row is written where it belongs without looking at the others, one that is torn is known by its checksum, and one of
/// a round before by its number.
package enum SampleFile {
    package static let header: [UInt8] =
        Array("MLTSAMPL".utf8) + bytes(of: UInt32(1)) + bytes(of: UInt32(UsageSample.columns.count))

    /// In bytes.
    package static let rowSize = 8 + 4 * UsageSample.columns.count + 4
    /// Of the whole file, in bytes.
    package static let size = header.count + SampleSpan.allCases.reduce(0) { $0 + $1.count * rowSize }

    /// Where a span's ring is, in bytes.
    package static func range(of span: SampleSpan) -> Range<Int> {
        let before = SampleSpan.allCases.prefix { $0 != span }.reduce(0) { $0 + $1.count * rowSize }
        return (header.count + before)..<(header.count + before + span.count * rowSize)
    }

    /// Where the row of an interval belongs, in bytes.
    package static func place(of span: SampleSpan, tick: Int64) -> Int {
        let count = Int64(span.count)
        return range(of: span).lowerBound + Int((tick % count + count) % count) * rowSize
    }

    package static func encode(_ row: SampleRollup.Row) -> [UInt8] {
        var encoded = bytes(of: UInt64(bitPattern: row.tick))
        for column in UsageSample.columns {
            let value = row.sample[keyPath: column].map { Float($0) } ?? .nan
            encoded += bytes(of: value.bitPattern)
        }
        return encoded + bytes(of: checksum(encoded[...]))
    }

    /// The rows of a span's ring, in no order, and how many couldn't be read.
    ///
    /// - Parameter ring: the bytes of `range(of:)`; whatever they are.
    package static func decode(_ ring: [UInt8], of span: SampleSpan) -> (rows: [SampleRollup.Row], damaged: Int) {
        var rows: [SampleRollup.Row] = []
        var damaged = 0
        for place in 0..<(ring.count / rowSize) {
            let bytes = ring[(place * rowSize)..<((place + 1) * rowSize)]
            if bytes.allSatisfy({ $0 == 0 }) { continue }
            let tick = Int64(bitPattern: number(bytes.prefix(8)))
            let isWhole = number(bytes.suffix(4)) == UInt64(checksum(bytes.dropLast(4)))
            guard isWhole, Self.place(of: span, tick: tick) == range(of: span).lowerBound + place * rowSize else {
                damaged += 1
                continue
            }
            rows.append(SampleRollup.Row(span: span, tick: tick, sample: sample(bytes.dropFirst(8))))
        }
        return (rows, damaged)
    }

    private static func sample(_ bytes: ArraySlice<UInt8>) -> UsageSample {
        var sample = UsageSample()
        for (place, column) in UsageSample.columns.enumerated() {
            let value = Float(bitPattern: UInt32(truncatingIfNeeded: number(bytes.dropFirst(4 * place).prefix(4))))
            if value.isFinite { sample[keyPath: column] = Double(value) }
        }
        return sample
    }

    private static func bytes(of number: some FixedWidthInteger) -> [UInt8] {
        (0..<(number.bitWidth / 8)).map { UInt8(truncatingIfNeeded: number >> ($0 * 8)) }
    }

    private static func number(_ bytes: ArraySlice<UInt8>) -> UInt64 {
        bytes.reversed().reduce(0) { $0 << 8 | UInt64($1) }
    }

    /// FNV-1a; its constants are those of draft-eastlake-fnv, for 32 bits.
    private static func checksum(_ bytes: ArraySlice<UInt8>) -> UInt32 {
        bytes.reduce(0x811C_9DC5) { ($0 ^ UInt32($1)) &* 0x0100_0193 }
    }
}
