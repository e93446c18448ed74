import MartletModel
import NIOCore
import Synchronization
import Testing

@testable import MartletGuestProtocol

/// Streams of a session, from one end to the other without a channel between them.
@Suite("Streams of the link") struct LinkStreamsTests {
    @Test("Bytes arrive as they were sent, whoever is slow, and the end behind them", arguments: 1...5)
    func bytes(seed: UInt64) async throws {
        let wires = Wires()
        let (writers, _) = try #require(wires.here.open(1, writing: [.input], reading: [.output]))
        let (_, reader) = try #require(wires.there.open(1, writing: [.output], reading: [.input]))
        let sent = (0..<4_000_000).map { UInt8(truncatingIfNeeded: ($0 &* 31) ^ ($0 >> 8)) }
        async let sending: Void = {
            var (random, rest) = (Generator(state: seed), sent[...])
            while !rest.isEmpty {
                let piece = rest.prefix(Int.random(in: 1...(random.next() % 3 == 0 ? 1_000 : 200_000), using: &random))
                try await writers[0].send(Array(piece))
                rest = rest.dropFirst(piece.count)
            }
            writers[0].finish()
        }()
        var came: [UInt8] = []
        while let pieces = try await reader.next() {
            let count = pieces.reduce(0) { $0 + $1.bytes.readableBytes }
            #expect(count <= StreamWindow.bytes && pieces.allSatisfy { $0.channel == .input })
            for piece in pieces { came += piece.array }
            await Task.yield()
            reader.used(count, of: .input)
        }
        try await sending
        #expect(came == sent)
    }

    @Test("Nothing more is sent than fits into the window until some of it was used")
    func window() async throws {
        let wires = Wires()
        let (writers, _) = try #require(wires.here.open(1, writing: [.input], reading: []))
        let (_, reader) = try #require(wires.there.open(1, writing: [], reading: [.input]))
        let isSent = Mutex(false)
        async let sending: Void = {
            try await writers[0].send([UInt8](repeating: 1, count: StreamWindow.bytes + 1))
            isSent.withLock { $0 = true }
        }()
        var count = 0
        while count < StreamWindow.bytes {
            for piece in try await reader.next() ?? [] { count += piece.bytes.readableBytes }
        }
        #expect(count == StreamWindow.bytes && !isSent.withLock { $0 })
        reader.used(count, of: .input)
        try await sending
        #expect(try await reader.next()?.map(\.bytes.readableBytes) == [1])
    }

    @Test("Small pieces are put together, and those of different streams aren't")
    func small() async throws {
        let wires = Wires()
        let (writers, _) = try #require(wires.there.open(1, writing: [.output, .errors], reading: []))
        let (_, reader) = try #require(wires.here.open(1, writing: [], reading: [.output, .errors]))
        for _ in 0..<1_000 { try await writers[0].send([7]) }
        try await writers[1].send([8])
        try await writers[0].send([9])
        let pieces = try #require(try await reader.next())
        #expect(pieces.map(\.channel) == [.output, .errors, .output])
        #expect(pieces.map(\.array) == [[UInt8](repeating: 7, count: 1_000), [8], [9]])
    }

    @Test(
        "Who sends more than the window holds, gives back what wasn't sent or sends behind the end breaks the session")
    func broken() throws {
        let wires = Wires()
        _ = try #require(wires.here.open(1, writing: [.input], reading: [.output, .errors]))
        func frame(_ kind: LinkFrame.Kind, _ channel: StreamID.Channel, _ payload: ByteBuffer) -> LinkFrame {
            LinkFrame(kind, session: 1, stream: StreamID(1, channel), payload: payload)
        }
        let whole = ByteBuffer(repeating: 1, count: StreamWindow.bytes)
        #expect(wires.here.received(frame(.stream, .output, whole)))
        #expect(!wires.here.received(frame(.stream, .output, ByteBuffer(string: "x"))))
        #expect(wires.here.received(frame(.stream, .errors, ByteBuffer())))
        #expect(wires.here.received(frame(.credit, .input, ByteBuffer(integer: UInt32(0)))))
        #expect(!wires.here.received(frame(.credit, .input, ByteBuffer(integer: UInt32(1)))))
        #expect(!wires.here.received(frame(.credit, .input, ByteBuffer(integer: UInt32.max))))
    }

    @Test("What is of no stream that is known, or of one that was forgotten, is dropped")
    func unknown() throws {
        let wires = Wires()
        _ = try #require(wires.here.open(1, writing: [.input], reading: [.output]))
        #expect(wires.here.open(1, writing: [.input], reading: [.output]) == nil)
        let payload = ByteBuffer(integer: UInt32.max)
        let late = LinkFrame(.stream, session: 1, stream: StreamID(1, .output), payload: ByteBuffer())
        #expect(wires.here.received(late) && !wires.here.received(late))
        for stream in [StreamID(2, .output), StreamID(1, .errors)] {
            #expect(wires.here.received(LinkFrame(.stream, session: 1, stream: stream, payload: payload)))
            #expect(wires.here.received(LinkFrame(.credit, session: 1, stream: stream, payload: payload)))
        }
        wires.here.close(1)
        #expect(wires.here.received(LinkFrame(.credit, session: 1, stream: StreamID(1, .input), payload: payload)))
    }

    @Test("Frames of any kind, in any order and cut anywhere trap nothing", arguments: 0..<100)
    func random(seed: UInt64) throws {
        var random = Generator(state: seed + 1)
        let wires = Wires()
        for number in UInt32(1)...3 {
            _ = wires.here.open(number, writing: [.input], reading: [.output, .errors])
        }
        var wire = ByteBuffer()
        for _ in 0..<200 {
            let stream = StreamID(
                .random(in: 0...4, using: &random), StreamID.Channel.allCases[Int.random(in: 0...2, using: &random)])
            let isCredit = random.next() % 3 == 0
            let count = isCredit ? 4 : Int.random(in: 0...LinkFrame.longestStreamPayload, using: &random)
            let payload = ByteBuffer(repeating: UInt8(truncatingIfNeeded: random.next()), count: count)
            LinkFrame(isCredit ? .credit : .stream, session: 1, stream: stream, payload: payload).write(into: &wire)
            if random.next() % 5 == 0 {
                wire.moveWriterIndex(to: wire.writerIndex - Int.random(in: 0..<30, using: &random))
            }
        }
        var decoder = LinkFrameDecoder()
        while wire.readableBytes > 0 {
            let count = min(wire.readableBytes, .random(in: 1...9_000, using: &random))
            guard var piece = wire.readSlice(length: count) else { break }
            while let frame = decoder.next(&piece) {
                #expect(frame.payload.readableBytes <= LinkFrame.longestStreamPayload)
                _ = wires.here.received(frame)
            }
        }
    }

    @Test("Who waits is told when the session ends, after what has come; who begins then is told at once")
    func end() async throws {
        let wires = Wires()
        let (writers, reader) = try #require(wires.here.open(1, writing: [.input], reading: [.output]))
        let output = LinkFrame(.stream, session: 1, stream: StreamID(1, .output), payload: ByteBuffer(string: "x"))
        #expect(wires.here.received(output))
        let sending = Task { try await writers[0].send([UInt8](repeating: 1, count: 2 * StreamWindow.bytes)) }
        wires.here.end()
        #expect(try await reader.next()?.map(\.array) == [Array("x".utf8)])
        await #expect(throws: MartletError.self) { _ = try await reader.next() }
        await #expect(throws: MartletError.self) { try await sending.value }
        let (later, _) = try #require(wires.here.open(2, writing: [.input], reading: []))
        await #expect(throws: MartletError.self) { _ = try await later[0].room() }
    }

    @Test("Who waits is let go when its task is cancelled")
    func cancelled() async throws {
        let wires = Wires()
        let (writers, reader) = try #require(wires.here.open(1, writing: [.input], reading: [.output]))
        let reading = Task { try await reader.next() }
        let writing = Task { try await writers[0].send([UInt8](repeating: 1, count: 2 * StreamWindow.bytes)) }
        reading.cancel()
        writing.cancel()
        await #expect(throws: MartletError.self) { _ = try await reading.value }
        await #expect(throws: MartletError.self) { try await writing.value }
    }
}

/// Both ends of a session; what one sends the other has at once.
private final class Wires: Sendable {
    let here: LinkStreams
    let there: LinkStreams

    init() {
        let (out, back) = (Wire(), Wire())
        (here, there) = (
            LinkStreams(session: 1, transmit: out.carry), LinkStreams(session: 1, transmit: back.carry)
        )
        out.lead(to: there)
        back.lead(to: here)
    }
}

private final class Wire: Sendable {
    private let state = Mutex<(decoder: LinkFrameDecoder, end: LinkStreams?)>((LinkFrameDecoder(), nil))

    func lead(to end: LinkStreams) { state.withLock { $0.end = end } }

    func carry(_ frames: [ByteBuffer]) {
        state.withLock { state in
            for var bytes in frames {
                while let frame = state.decoder.next(&bytes) { #expect(state.end?.received(frame) == true) }
            }
            state.end?.wake()
        }
    }
}
