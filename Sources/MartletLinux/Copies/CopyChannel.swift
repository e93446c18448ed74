import Glibc
import MartletModel

/// Records over two descriptors, which block.
final class CopyChannel {
    /// Said first, by both.
    static let magic = Array("MrtlCpy1".utf8)
    private static let flushAt = 256 * 1024
    private static let longPiece = 16 * 1024

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
        // A long piece goes from where it is, behind its head: it is copied nowhere.
        if case .data(let offset, let bytes) = record, bytes.count >= Self.longPiece {
            unsent += CopyRecord.dataHead(offset: offset, count: bytes.count)
            try write(unsent, bytes)
            return unsent.removeAll(keepingCapacity: true)
        }
        unsent += record.encoded
        if unsent.count >= Self.flushAt { try flush() }
    }

    /// - Throws: `unavailable` when the other side is gone.
    func flush() throws(MartletError) {
        if !unsent.isEmpty { try write(unsent, []) }
        unsent.removeAll(keepingCapacity: true)
    }

    /// Both in one go: the other side isn't woken for the first alone.
    private func write(_ first: [UInt8], _ second: [UInt8]) throws(MartletError) {
        var written = 0
        while written < first.count + second.count {
            // The pointers stay inside the arrays, and are used before the closures return.
            let count = first.withUnsafeBytes { first in
                // As those of the first.
                second.withUnsafeBytes { second in
                    let vectors = [
                        Self.vector(first, from: min(written, first.count)),
                        Self.vector(second, from: max(0, written - first.count)),
                    ]
                    return writev(output, vectors, CInt(vectors.count))
                }
            }
            if count < 0 && errno == EINTR { continue }
            guard count > 0 else { throw Self.gone }
            written += count
        }
    }

    private static func vector(_ bytes: UnsafeRawBufferPointer, from start: Int) -> iovec {
        iovec(
            iov_base: bytes.baseAddress.map { UnsafeMutableRawPointer(mutating: $0 + start) },
            iov_len: bytes.count - start)
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
        if head[0] == CopyRecord.dataKind, length >= CopyRecord.offsetLength {
            var place = CopyReader(try read(CopyRecord.offsetLength))
            return .data(offset: try place.size(), try read(length - CopyRecord.offsetLength))
        }
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
