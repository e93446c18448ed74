import NIOCore
import NIOHTTP1
import Synchronization

/// One connection of the fake host. Answers are written as bytes, so that they may be wrong.
final class FakeConnection: ChannelInboundHandler, RemovableChannelHandler, Sendable {
    typealias InboundIn = HTTPServerRequestPart

    private let journal: Journal
    private let answer: FakeHost.Answer
    private let collected = RequestCollector()

    init(journal: Journal, answer: @escaping FakeHost.Answer) {
        self.journal = journal
        self.answer = answer
    }

    func channelRead(context: ChannelHandlerContext, data: NIOAny) {
        switch unwrapInboundIn(data) {
        case .head(let head): collected.begin(head)
        case .body(let bytes): collected.append(Array(bytes.readableBytesView))
        case .end:
            guard let request = collected.end() else { return }
            journal.requests.withLock { $0.append(request) }
            let channel = context.channel
            Task { await Self.write(try? await answer(request), request, to: channel) }
        }
    }

    func channelInactive(context: ChannelHandlerContext) {
        journal.closed.withLock { $0 += 1 }
        context.fireChannelInactive()
    }

    func errorCaught(context: ChannelHandlerContext, error: any Error) { context.close(promise: nil) }

    private static func write(_ answer: FakeAnswer?, _ request: FakeRequest, to channel: any Channel) async {
        switch answer {
        case .whole(let status, let headers, let body):
            let head = Self.head(status, headers + (status == 204 ? [] : [("Content-Length", "\(body.count)")]))
            await send(Array(head.utf8) + body, to: channel)
        case .stream(let type, let pieces, let closes):
            await stream(type, pieces, closes: closes, to: channel)
        case .raw(let bytes, let closes):
            await send(bytes, to: channel)
            if closes { try? await channel.close() }
        case .program(let serve): try? await FakeProgram.serve(serve, request, on: channel)
        case .silence: break
        case nil: try? await channel.close()
        }
    }

    private static func stream(
        _ type: String, _ pieces: AsyncStream<[UInt8]>, closes: Bool, to channel: any Channel
    ) async {
        let head = Self.head(200, [("Content-Type", type), ("Transfer-Encoding", "chunked")])
        await send(Array(head.utf8), to: channel)
        for await piece in pieces {
            let size = String(piece.count, radix: 16)
            await send(Array("\(size)\r\n".utf8) + piece + Array("\r\n".utf8), to: channel)
        }
        if closes { try? await channel.close() } else { await send(Array("0\r\n\r\n".utf8), to: channel) }
    }

    /// A client that has gone needs nothing, and its event loop may have gone too.
    private static func send(_ bytes: [UInt8], to channel: any Channel) async {
        if channel.isActive { try? await channel.writeAndFlush(ByteBuffer(bytes: bytes)) }
    }

    static func head(_ status: Int, _ headers: [(String, String)]) -> String {
        "HTTP/1.1 \(status) Fake\r\n" + headers.map { "\($0): \($1)\r\n" }.joined() + "\r\n"
    }
}
