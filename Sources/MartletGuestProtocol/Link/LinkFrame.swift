package import NIOCore

/// What crosses the link between a host and a guest: a session's bytes in pieces, and the words that begin and end one.
///
/// On the wire, big-endian: a magic word (4 bytes), the session (8), the kind (1), the length of what follows (3), the
/// exclusive or of these four words (4); for kinds of streams the stream (8); the payload.
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
        /// Either way: the next bytes of a stream; none, when it ends. Only where both sides know streams.
        case stream = 5
        /// Either way: so many more bytes of a stream may come (4 bytes).
        case credit = 6
    }

    package var kind: Kind
    /// Random; the host chooses it.
    package var session: UInt64
    /// Of the kinds `stream` and `credit` only.
    package var stream: StreamID?
    package var payload: ByteBuffer

    package init(_ kind: Kind, session: UInt64, payload: ByteBuffer = ByteBuffer()) {
        self.kind = kind
        self.session = session
        self.payload = payload
    }

    init(_ kind: Kind, session: UInt64, stream: StreamID, payload: ByteBuffer) {
        self.init(kind, session: session, payload: payload)
        self.stream = stream
    }

    /// "Mrtl".
    static let magic: UInt32 = 0x4D72_746C
    static let headerLength = 20
    /// The longest payload, in bytes. A virtio-serial port carries 32 KiB at a time in Linux; two of these fit.
    package static let longestPayload = 16 << 10
    /// Of a stream's bytes in a frame: with what comes before, as much as two writes to a port carry in Linux.
    package static let longestStreamPayload = 64 << 10 - streamHeaderLength
    /// Of all that comes before a stream's bytes.
    package static let streamHeaderLength = headerLength + StreamID.length

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

    /// Writes the header of a frame with so many bytes of a stream into the first bytes of a buffer, which has room for it there.
    static func setStreamHeader(_ session: UInt64, _ stream: StreamID, length: Int, in buffer: inout ByteBuffer) {
        let last = UInt32(Kind.stream.rawValue) << 24 | UInt32(length + StreamID.length)
        var header = ByteBuffer()
        header.writeMultipleIntegers(magic, session, last, check(session, last))
        stream.write(into: &header)
        buffer.setBuffer(header, at: 0)
    }

    func write(into buffer: inout ByteBuffer) {
        let length = payload.readableBytes + (stream == nil ? 0 : StreamID.length)
        let last = UInt32(kind.rawValue) << 24 | UInt32(length)
        buffer.writeMultipleIntegers(Self.magic, session, last, Self.check(session, last))
        stream?.write(into: &buffer)
        buffer.writeImmutableBuffer(payload)
    }

    /// What a header says, if it is one; what isn't, is a frame's middle.
    struct Header {
        var kind: Kind
        var session: UInt64
        /// Of what follows, a stream's name included.
        var length: Int

        /// - Returns: nil when no header begins at the index, which has `headerLength` bytes behind it.
        init?(_ buffer: ByteBuffer, at index: Int) {
            var header = buffer
            header.moveReaderIndex(to: index)
            guard
                let (magic, session, last, check) = header.readMultipleIntegers(
                    as: (UInt32, UInt64, UInt32, UInt32).self
                ), magic == LinkFrame.magic, check == LinkFrame.check(session, last),
                let kind = Kind(rawValue: UInt8(last >> 24)), kind.lengths.contains(Int(last & 0xFF_FFFF))
            else { return nil }
            self.kind = kind
            self.session = session
            length = Int(last & 0xFF_FFFF)
        }
    }
}

extension LinkFrame.Kind {
    /// Of what follows a header, in bytes.
    fileprivate var lengths: ClosedRange<Int> {
        switch self {
        case .hello, .welcome, .data, .bye: 0...LinkFrame.longestPayload
        case .stream: StreamID.length...StreamID.length + LinkFrame.longestStreamPayload
        case .credit: StreamID.length + 4...StreamID.length + 4
        }
    }
}
