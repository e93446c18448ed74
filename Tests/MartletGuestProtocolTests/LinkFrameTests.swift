import NIOCore
import Testing

@testable import MartletGuestProtocol

/// Frames on a wire that may begin and end anywhere.
@Suite("Frames of the link") struct LinkFrameTests {
    private static func wire(_ frames: [LinkFrame]) -> ByteBuffer {
        var buffer = ByteBuffer()
        for frame in frames { frame.write(into: &buffer) }
        return buffer
    }

    private static func frames(_ buffer: ByteBuffer) -> [LinkFrame] {
        var rest = buffer
        var (decoder, found) = (LinkFrameDecoder(), [LinkFrame]())
        while let frame = decoder.next(&rest) { found.append(frame) }
        return found
    }

    private static let samples = [
        LinkFrame(.hello, session: 1), LinkFrame(.welcome, session: .max),
        LinkFrame(.data, session: 7, payload: ByteBuffer(repeating: 0x4D, count: LinkFrame.longestPayload)),
        LinkFrame(.data, session: 7, payload: ByteBuffer(string: "Mrtl")), LinkFrame(.bye, session: 0),
    ]

    @Test("what is written is read, whole and in order")
    func roundTrip() { #expect(Self.frames(Self.wire(Self.samples)) == Self.samples) }

    @Test("bytes that arrive one by one are the same frames")
    func pieces() {
        var buffer = ByteBuffer()
        var (decoder, found) = (LinkFrameDecoder(), [LinkFrame]())
        for byte in Self.wire(Self.samples).readableBytesView {
            buffer.writeInteger(byte)
            while let frame = decoder.next(&buffer) { found.append(frame) }
        }
        #expect(found == Self.samples)
    }

    @Test("whatever lies before a frame is passed over", arguments: 0..<200)
    func garbage(seed: Int) {
        var random = Generator(state: UInt64(seed + 1))
        let count = Int.random(in: 0...3_000, using: &random)
        // Half of the bytes are those that a frame begins with.
        let garbage = (0..<count).map { _ in
            Bool.random(using: &random)
                ? UInt8.random(in: 0...255, using: &random)
                : [0x4D, 0x72, 0x74, 0x6C][Int.random(in: 0...3, using: &random)]
        }
        var wire = ByteBuffer(bytes: garbage)
        wire.writeImmutableBuffer(Self.wire(Self.samples))
        #expect(Self.frames(wire).suffix(Self.samples.count) == Self.samples[...])
    }

    @Test("the end of a frame that was cut off swallows one hello, and not the one behind it")
    func cutOff() {
        let data = Self.wire([
            LinkFrame(.data, session: 7, payload: ByteBuffer(repeating: 1, count: LinkFrame.longestPayload))
        ])
        let bytes = ByteBuffer(repeating: 1, count: LinkFrame.longestStreamPayload)
        let stream = Self.wire([LinkFrame(.stream, session: 7, stream: StreamID(1, .input), payload: bytes)])
        let cuts = [data, stream].flatMap { long in
            [LinkFrame.headerLength, LinkFrame.headerLength + 1, 5_000, long.readableBytes - 1].map { (long, $0) }
        }
        for (long, kept) in cuts {
            var wire = ByteBuffer(bytes: long.readableBytesView.prefix(kept))
            let zeros = ByteBuffer(repeating: 0, count: LinkFrame.longestPayload)
            for _ in 0..<4 { LinkFrame(.hello, session: 9, payload: zeros).write(into: &wire) }
            LinkFrame(.hello, session: 9).write(into: &wire)
            #expect(Self.frames(wire).last == LinkFrame(.hello, session: 9), "\(kept) bytes were kept")
        }
    }

    @Test("a header with one bit changed is none", arguments: 0..<LinkFrame.headerLength * 8)
    func damaged(bit: Int) {
        var bytes = Array(Self.wire([LinkFrame(.data, session: 5, payload: ByteBuffer(string: "x"))]).readableBytesView)
        bytes[bit / 8] ^= 1 << (bit % 8)
        #expect(Self.frames(ByteBuffer(bytes: bytes)).isEmpty)
    }

    @Test("a stream's frame that comes in parts is handed on in parts, without what isn't of it")
    func streams() {
        let bytes = ByteBuffer(bytes: (0..<60_000).map { UInt8(truncatingIfNeeded: $0 &* 7) })
        let stream = StreamID(3, .errors)
        var wire = Self.wire([
            LinkFrame(.stream, session: 5, stream: stream, payload: bytes),
            LinkFrame(.credit, session: 5, stream: stream, payload: ByteBuffer(integer: UInt32(9))),
            LinkFrame(.stream, session: 5, stream: stream, payload: ByteBuffer()), LinkFrame(.bye, session: 5),
        ])
        var (decoder, came, frames) = (LinkFrameDecoder(), ByteBuffer(), [LinkFrame]())
        while var part = wire.readSlice(length: min(wire.readableBytes, 4_096)), part.readableBytes > 0 {
            while let frame = decoder.next(&part) {
                frames.append(frame)
                if frame.kind == .stream { came.writeImmutableBuffer(frame.payload) }
            }
        }
        #expect(came == bytes && frames.dropLast(3).allSatisfy { $0.kind == .stream && $0.stream == stream })
        #expect(frames.count == 15 + 3 && frames.suffix(3).map(\.kind) == [.credit, .stream, .bye])
    }

    @Test("bytes are cut into frames that may be sent")
    func cutting() {
        let bytes = ByteBuffer(bytes: (0..<40_000).map { UInt8(truncatingIfNeeded: $0) })
        let frames = LinkFrame.data(bytes, session: 3)
        #expect(frames.allSatisfy { $0.payload.readableBytes <= LinkFrame.longestPayload })
        #expect(frames.flatMap { Array($0.payload.readableBytesView) } == Array(bytes.readableBytesView))
        #expect(LinkFrame.data(ByteBuffer(), session: 3).isEmpty)
    }
}
