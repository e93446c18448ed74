/// Cuts what a program prints into lines, as they come.
struct LineSplitter {
    static let longestLine = 4096

    private var pending: [UInt8] = []
    /// The last 2,000 bytes of all.
    private(set) var lastBytes: [UInt8] = []

    /// The lines that these bytes complete; empty ones are left out, and of a line that is too long its beginning is kept.
    mutating func add(_ bytes: [UInt8]) -> [String] {
        lastBytes = Array((lastBytes + bytes.suffix(2000)).suffix(2000))
        var lines: [String] = []
        for byte in bytes {
            if byte == UInt8(ascii: "\n") || byte == UInt8(ascii: "\r") {
                if let line = finish() { lines.append(line) }
            } else if pending.count < Self.longestLine {
                pending.append(byte)
            }
        }
        return lines
    }

    /// What is left without an end; nil for nothing.
    mutating func finish() -> String? {
        defer { pending.removeAll() }
        return pending.isEmpty ? nil : String(decoding: pending, as: UTF8.self)
    }
}
