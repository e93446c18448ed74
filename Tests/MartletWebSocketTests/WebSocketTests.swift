import MartletModel
import NIOCore
import NIOEmbedded
import NIOWebSocket
import Testing

@testable import MartletWebSocket

@Suite("A web socket")
struct WebSocketTests {
    private func life(_ side: WebSocketLife.Side = .server, most: Int = 100) -> WebSocketLife {
        var limits = WebSocketLimits()
        limits.messageInBytes = most
        return WebSocketLife(side: side, limits: limits)
    }

    private func frame(
        _ opcode: WebSocketOpcode, _ text: String = "", fin: Bool = true, masked: Bool = true
    ) -> WebSocketFrame {
        var bytes = ByteBuffer(string: text)
        guard masked else { return WebSocketFrame(fin: fin, opcode: opcode, data: bytes) }
        let key = WebSocketMaskingKey.random()
        bytes.webSocketMask(key)
        return WebSocketFrame(fin: fin, opcode: opcode, maskKey: key, data: bytes)
    }

    /// Of what changes what it is asked of, which a macro can't hold.
    private func holds(_ condition: Bool, at location: SourceLocation = #_sourceLocation) {
        #expect(condition, sourceLocation: location)
    }

    private func refused(_ code: UInt16, _ action: WebSocketLife.Action) -> Bool {
        if case .refuse(let close) = action { close.code == code } else { false }
    }

    @Test("the key's answer is that of RFC 6455's example")
    func accept() {
        #expect(WebSocketHandshake.accept("dGhlIHNhbXBsZSBub25jZQ==") == "s3pPLMBiTxaQ9kYGzzhZRbK+xOo=")
        #expect(WebSocketHandshake.isKey(WebSocketHandshake.makeKey()))
        #expect(!WebSocketHandshake.isKey("dGhl"))
        #expect(WebSocketHandshake.names("upgrade", in: "keep-alive, Upgrade"))
        #expect(!WebSocketHandshake.names("upgrade", in: "upgraded"))
    }

    @Test("a message that comes in pieces is handed out whole, with pings answered between them")
    func pieces() {
        var life = life()
        holds(life.received(frame(.binary, "ab", fin: false)) == .nothing)
        holds(life.received(frame(.ping, "x")) == .pong(ByteBuffer(string: "x")))
        holds(life.received(frame(.continuation, "cd", fin: false)) == .nothing)
        holds(life.received(frame(.continuation, "", fin: true)) == .deliver(ByteBuffer(string: "abcd")))
        holds(life.received(frame(.binary, "")) == .deliver(ByteBuffer()))
    }

    @Test("what breaks the rules is refused with its code, and nothing is heard afterwards")
    func rules() {
        let broken: [(UInt16, [WebSocketFrame])] = [
            (1002, [frame(.binary, "x", masked: false)]),
            (1002, [frame(.continuation, "x")]),
            (1002, [frame(.binary, "x", fin: false), frame(.binary, "y")]),
            (1003, [frame(.text, "x")]),
            (1009, [frame(.binary, String(repeating: "x", count: 101))]),
            (
                1009,
                [frame(.binary, String(repeating: "x", count: 60), fin: false)] + [
                    frame(.continuation, String(repeating: "x", count: 60), fin: false)
                ]
            ),
        ]
        for (code, frames) in broken {
            var life = life()
            let last = frames.map { life.received($0) }.last ?? .nothing
            #expect(refused(code, last), "\(code) \(last)")
            holds(life.received(frame(.binary, "x")) == .nothing)
            holds(!life.maySend)
        }
        var client = life(.client)
        holds(refused(1002, client.received(frame(.binary, "x"))))
    }

    @Test("a close is said once and answered once, whoever begins")
    func close() {
        var asked = life()
        holds(asked.received(frame(.connectionClose)) == .answerClose(.withoutCode))
        holds(!asked.close())
        holds(!asked.connectionEnded())
        var asking = life()
        holds(asking.close())
        holds(!asking.close())
        holds(asking.received(frame(.binary, "late")) == .nothing)
        holds(asking.received(frame(.connectionClose)) == .closed(.withoutCode))
        var lost = life()
        holds(lost.connectionEnded())
        holds(!lost.connectionEnded())
    }

    @Test("random frames never make it trap, and after the end nothing comes")
    func random() {
        var generator = SystemRandomNumberGenerator()
        for _ in 0..<2_000 {
            var life = life(Bool.random(using: &generator) ? .server : .client)
            var hasEnded = false
            for _ in 0..<20 {
                let opcode = WebSocketOpcode(encodedWebSocketOpcode: .random(in: 0...15, using: &generator)) ?? .binary
                let action = life.received(
                    frame(
                        opcode, String(repeating: "x", count: .random(in: 0...120, using: &generator)),
                        fin: .random(using: &generator), masked: .random(using: &generator)))
                if hasEnded { #expect(action == .nothing) }
                switch action {
                case .refuse, .answerClose, .closed: hasEnded = true
                case .nothing, .deliver, .pong: break
                }
            }
        }
    }

    @Test("whoever says nothing while it would be heard is lost, and whoever isn't read from is not")
    func silence() {
        var life = life()
        for _ in 0..<4 { holds(life.tick(isReading: true) == .ping) }
        holds(life.tick(isReading: true) == .lost)
        var busy = self.life()
        for _ in 0..<20 { holds(busy.tick(isReading: false) == .ping) }
    }

    @Test("a failure travels as a close, and its message is cut where a control frame ends")
    func failures() throws {
        let error = MartletError(.wrongState, "'größe' doesn't run; start it with `martlet vm start`")
        let close = WebSocketClose(error, status: 409)
        #expect(close.code == 4409)
        #expect(close.error?.code == .wrongState)
        #expect(close.error?.message == error.message)
        let long = WebSocketClose(MartletError(.internal, String(repeating: "ß", count: 200)), status: 500)
        #expect(long.shortReason.utf8.count <= 123)
        #expect(long.shortReason.hasSuffix("ß"))
        #expect(WebSocketClose.normal.error == nil)
        #expect(WebSocketClose.abnormal.error?.code == .unavailable)
    }

    @Test("a server's pipeline hands out messages, pings, and ends a silent connection")
    func pipeline() throws {
        let channel = EmbeddedChannel()
        var limits = WebSocketLimits()
        limits.pingInterval = .seconds(1)
        try WebSocketHandler.add(to: channel.pipeline.syncOperations, isServer: true, limits: limits)
        try channel.connect(to: SocketAddress(unixDomainSocketPath: "/x")).wait()
        try channel.writeInbound(ByteBuffer(bytes: [0x82, 0x82, 0, 0, 0, 0, 0x68, 0x69]))
        #expect(try channel.readInbound(as: WebSocketEvent.self) == .message(ByteBuffer(string: "hi")))
        try channel.writeOutbound(WebSocketOutput.message(ByteBuffer(string: "ho")))
        #expect(try Self.sent(channel) == [0x82, 0x02, 0x68, 0x6F])
        channel.read()
        channel.embeddedEventLoop.advanceTime(by: .seconds(1))
        #expect(try Self.sent(channel) == [0x89, 0x00])
        channel.embeddedEventLoop.advanceTime(by: .seconds(4))
        #expect(try channel.readInbound(as: WebSocketEvent.self) == .closed(.abnormal))
        #expect(!channel.isActive)
    }

    @Test("bytes that are no frame end the connection with 1002, and one that is too long with 1009")
    func unreadable() throws {
        for (bytes, code) in [
            ([0x09, 0x80] as [UInt8], UInt8(0xEA)), ([0x82, 0xFF, 0, 0, 0, 0, 0x7F, 0, 0, 0], 0xF1),
        ] {
            let channel = EmbeddedChannel()
            try WebSocketHandler.add(to: channel.pipeline.syncOperations, isServer: true, limits: WebSocketLimits())
            try channel.connect(to: SocketAddress(unixDomainSocketPath: "/x")).wait()
            _ = try? channel.writeInbound(ByteBuffer(bytes: bytes))
            let sent = try Self.sent(channel)
            #expect(sent.first == 0x88)
            #expect(sent.dropFirst(2).prefix(2) == [0x03, code])
            #expect(!channel.isActive)
        }
    }

    /// All that was sent since the last time.
    private static func sent(_ channel: EmbeddedChannel) throws -> [UInt8] {
        var bytes: [UInt8] = []
        while let piece = try channel.readOutbound(as: ByteBuffer.self) { bytes += Array(buffer: piece) }
        return bytes
    }
}
