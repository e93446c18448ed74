package import NIOCore

/// What crosses the link between a host and a guest: a session's bytes in pieces, and the words that begin and end one.
///
/// On the wire, big-endian: a magic word (4 bytes), the session (8), the kind (1), a zero (1), the payload's length (2), the
/// exclusive or of these four words (4), the payload.
package struct LinkFrame: Hashable, Sendable {
    /// What a frame is for.
    package enum Kind: UInt8, Sendable {
        /// From the host: begin this session and forget any other.
        case hello = 1
        /// From the guest: the session is begun.
        case welcome = 2
        /// Either way: the next bytes of the session.
        case data = 3
        /// Either way: there is no such session, or no more.
        case bye = 4
    }

    package var kind: Kind
    /// Random; the host chooses it.
    package var session: UInt64
    package var payload: ByteBuffer

    package init(_ kind: Kind, session: UInt64, payload: ByteBuffer = ByteBuffer()) {
        self.kind = kind
        self.session = session
        self.payload = payload
    }

    /// "Mrtl".
    static let magic: UInt32 = 0x4D72_746C
    static let headerLength = 20
    /// The longest payload, in bytes. A virtio-serial port carries 32 KiB at a time in Linux; two of these fit.
    package static let longestPayload = 16 << 10

    /// Bytes of a session, in frames as long as may be.
    static func data(_ bytes: ByteBuffer, session: UInt64) -> [LinkFrame] {
        var rest = bytes
        var frames: [LinkFrame] = []
        while rest.readableBytes > 0, let piece = rest.readSlice(length: min(rest.readableBytes, longestPayload)) {
            frames.append(LinkFrame(.data, session: session, payload: piece))
        }
        return frames
    }

    private static func check(_ session: UInt64, _ last: UInt32) -> UInt32 {
        magic ^ UInt32(truncatingIfNeeded: session >> 32) ^ UInt32(truncatingIfNeeded: session) ^ last
    }

    func write(into buffer: inout ByteBuffer) {
        let last = UInt32(kind.rawValue) << 24 | UInt32(payload.readableBytes)
        buffer.writeMultipleIntegers(Self.magic, session, last, Self.check(session, last))
        buffer.writeImmutableBuffer(payload)
    }

    /// What a header says, if it is one; what isn't, is a frame's middle.
    struct Header {
        var kind: Kind
        var session: UInt64
        var length: Int

        /// - Returns: nil when no header begins at the index, which has `headerLength` bytes behind it.
        init?(_ buffer: ByteBuffer, at index: Int) {
            var header = buffer
            header.moveReaderIndex(to: index)
            guard
                let (magic, session, last, check) = header.readMultipleIntegers(
                    as: (UInt32, UInt64, UInt32, UInt32).self
                ), magic == LinkFrame.magic, check == LinkFrame.check(session, last),
                let kind = Kind(rawValue: UInt8(last >> 24)), (last >> 16) & 0xFF == 0,
                Int(last & 0xFFFF) <= LinkFrame.longestPayload
            else { return nil }
            self.kind = kind
            self.session = session
            length = Int(last & 0xFFFF)
        }
    }
}
