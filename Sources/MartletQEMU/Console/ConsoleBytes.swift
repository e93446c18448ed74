/// Bytes that wait for their reader: at most `limit`, the newest.
struct ConsoleBytes: Sendable {
    let limit: Int
    private var bytes: [UInt8] = []
    /// How many bytes were dropped, all told, because nobody read them in time.
    private(set) var dropped: UInt64 = 0

    init(limit: Int) { self.limit = limit }

    var isEmpty: Bool { bytes.isEmpty }

    mutating func append(_ new: some Collection<UInt8>) {
        bytes.append(contentsOf: new)
        // Cut at twice the limit, so that a flood of small pieces doesn't move all that is kept for each.
        guard bytes.count > 2 * limit else { return }
        cut()
    }

    /// Takes all that waits.
    mutating func takeAll() -> [UInt8] {
        if bytes.count > limit { cut() }
        defer { bytes = [] }
        return bytes
    }

    private mutating func cut() {
        let excess = bytes.count - limit
        bytes.removeFirst(excess)
        dropped += UInt64(excess)
    }
}
