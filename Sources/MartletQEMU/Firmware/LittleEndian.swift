/// Numbers in bytes, lowest byte first, as UEFI's structures have them.
extension ArraySlice<UInt8> {
    /// The number of `count` bytes at `offset` from the slice's begin; nil where the slice ends before.
    func number(at offset: Int, count: Int) -> Int? {
        guard offset >= 0, (1...4).contains(count), offset + count <= self.count else { return nil }
        let begin = startIndex + offset
        return self[begin..<begin + count].reversed().reduce(0) { $0 << 8 | Int($1) }
    }

    /// The `count` bytes at `offset` from the slice's begin; nil where the slice ends before.
    func bytes(at offset: Int, count: Int) -> ArraySlice<UInt8>? {
        guard offset >= 0, count >= 0, count <= self.count, offset <= self.count - count else { return nil }
        return self[startIndex + offset..<startIndex + offset + count]
    }
}

extension Int {
    /// Its lowest four bytes, lowest first.
    var fourBytes: [UInt8] { (0..<4).map { UInt8(truncatingIfNeeded: self >> ($0 * 8)) } }
}
