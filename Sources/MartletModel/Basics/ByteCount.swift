/// A number of bytes that people write with a binary unit, such as `20GiB`.
///
/// `K`, `M`, `G` and `T` alone mean the binary units too, as in QEMU; a number alone is bytes. On the wire it is a number of bytes.
package struct ByteCount: Hashable, Sendable, Comparable {
    package var bytes: Int64

    package init(bytes: Int64) { self.bytes = bytes }

    package static func mebibytes(_ count: Int64) -> ByteCount { ByteCount(bytes: count << 20) }
    package static func gibibytes(_ count: Int64) -> ByteCount { ByteCount(bytes: count << 30) }

    /// Reads `256MiB`, `20 GiB`, `1.5GiB`, `512M` or `1048576`; nil for anything else, for a negative number and for one past `Int64`.
    package init?(_ text: String) {
        let trimmed = text.filter { $0 != " " }
        let digits = trimmed.prefix { $0.isASCII && ($0.isNumber || $0 == ".") }
        guard let number = Double(digits), number >= 0,
            let shift = Self.shifts[trimmed.dropFirst(digits.count).lowercased()]
        else { return nil }
        let value = number * Double(Int64(1) << shift)
        guard value < 9.2e18 else { return nil }
        bytes = Int64(value)
    }

    private static let shifts: [String: Int64] = [
        "": 0, "b": 0, "k": 10, "kib": 10, "m": 20, "mib": 20, "g": 30, "gib": 30, "t": 40, "tib": 40,
    ]

    package static func < (left: Self, right: Self) -> Bool { left.bytes < right.bytes }
    package static func + (left: Self, right: Self) -> Self { ByteCount(bytes: left.bytes + right.bytes) }
    package static func - (left: Self, right: Self) -> Self { ByteCount(bytes: left.bytes - right.bytes) }
}

extension ByteCount: CustomStringConvertible {
    /// The largest binary unit that fits, with at most one decimal: `256 MiB`, `1.5 GiB`.
    package var description: String {
        for (unit, shift) in [("TiB", 40), ("GiB", 30), ("MiB", 20), ("KiB", 10)] as [(String, Int64)]
        where bytes >= Int64(1) << shift {
            let tenths = Int64((Double(bytes) / Double(Int64(1) << shift) * 10).rounded())
            return tenths % 10 == 0 ? "\(tenths / 10) \(unit)" : "\(tenths / 10).\(tenths % 10) \(unit)"
        }
        return "\(bytes) B"
    }
}

extension ByteCount: Codable {
    package init(from decoder: any Decoder) throws {
        bytes = try decoder.singleValueContainer().decode(Int64.self)
    }

    package func encode(to encoder: any Encoder) throws {
        var container = encoder.singleValueContainer()
        try container.encode(bytes)
    }
}
