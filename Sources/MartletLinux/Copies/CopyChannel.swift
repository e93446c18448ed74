import Glibc
import MartletModel

/// Records over two descriptors, which block.
final class CopyChannel {
    /// Said first, by both.
    static let magic = Array("MrtlCpy1".utf8)
    private static let flushAt = 256 * 1024

    private let input: CInt
    private let output: CInt
    private var unsent: [UInt8] = []
    private var isGreeted = false

    init(input: CInt, output: CInt) {
        self.input = input
        self.output = output
        unsent = Self.magic
    }

    /// - Throws: `unavailable` when the other side is gone.
    func send(_ record: CopyRecord) throws(MartletError) {
        unsent += record.encoded
        if unsent.count >= Self.flushAt { try flush() }
    }

    /// - Throws: `unavailable` when the other side is gone.
    func flush() throws(MartletError) {
        let bytes = unsent
        unsent.removeAll(keepingCapacity: true)
        var written = 0
        while written < bytes.count {
            // The pointer stays inside the array, and is used before the closure returns.
            let count = bytes.withUnsafeBytes { write(output, $0.baseAddress.map { $0 + written }, $0.count - written) }
            if count < 0 && errno == EINTR { continue }
            guard count > 0 else { throw Self.gone }
            written += count
        }
    }

    /// - Throws: `unavailable` when the other side is gone; `invalidArgument` for what is no record.
    func receive() throws(MartletError) -> CopyRecord {
        try flush()
        if !isGreeted {
            guard try read(Self.magic.count) == Self.magic else { throw CopyReader.malformed }
            isGreeted = true
        }
        let head = try read(CopyRecord.headLength)
        let length = head.dropFirst().reduce(0) { $0 << 8 | Int($1) }
        guard length <= CopyRecord.longest else { throw CopyReader.malformed }
        return try CopyRecord(kind: head[0], read(length))
    }

    private func read(_ count: Int) throws(MartletError) -> [UInt8] {
        var isShort = false
        let bytes = [UInt8](unsafeUninitializedCapacity: count) { buffer, filled in
            filled = 0
            while filled < count {
                let got = Glibc.read(input, buffer.baseAddress.map { $0 + filled }, count - filled)
                if got < 0 && errno == EINTR { continue }
                if got <= 0 { break }
                filled += got
            }
            isShort = filled < count
        }
        if isShort { throw Self.gone }
        return bytes
    }

    private static var gone: MartletError {
        MartletError(.unavailable, "the other side of the copy has ended; copy again to go on where it stopped")
    }
}

/// A checksum of what is sent of a file: its size, the bytes and their places.
struct CopyChecksum {
    private var sum = CRC32C()

    init(size: UInt64) { update(size, []) }

    mutating func update(_ offset: UInt64, _ bytes: [UInt8]) {
        var place = CopyWriter()
        place.long(offset)
        sum.update(place.bytes)
        sum.update(bytes)
    }

    var value: UInt32 { sum.value }
}
