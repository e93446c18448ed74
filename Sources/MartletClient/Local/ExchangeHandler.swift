import NIOCore
import NIOHTTP1

/// A request, and who waits for its answer.
struct Exchange: Sendable {
    var head: HTTPRequestHead
    var body: ByteBuffer?
    /// Of the answer's body, in bytes.
    var limitInBytes: Int
    /// Fails with `ChannelError`, `HTTPParserError`, `NIOTooManyBytesError`, `IOError`.
    var answer: EventLoopPromise<APIAnswer>
}

/// Sends one request after the other over a connection and reads each one's answer whole.
///
/// The connection is closed before an answer is handed over that says so, and before one fails.
final class ExchangeHandler: ChannelDuplexHandler {
    typealias InboundIn = HTTPClientResponsePart
    typealias OutboundIn = Exchange
    typealias OutboundOut = HTTPClientRequestPart

    /// The one under way.
    private var exchange: Exchange?
    private var answer = APIAnswer(status: 0, etag: nil, body: [])
    private var isLast = false

    func write(context: ChannelHandlerContext, data: NIOAny, promise: EventLoopPromise<Void>?) {
        let next = unwrapOutboundIn(data)
        if exchange != nil {
            promise?.fail(ChannelError.operationUnsupported)
            return next.answer.fail(ChannelError.operationUnsupported)
        }
        exchange = next
        answer = APIAnswer(status: 0, etag: nil, body: [])
        context.write(wrapOutboundOut(.head(next.head)), promise: nil)
        if let body = next.body { context.write(wrapOutboundOut(.body(.byteBuffer(body))), promise: nil) }
        context.write(wrapOutboundOut(.end(nil)), promise: promise)
    }

    func channelRead(context: ChannelHandlerContext, data: NIOAny) {
        guard let exchange else { return context.close(promise: nil) }
        switch unwrapInboundIn(data) {
        case .head(let head):
            answer.status = Int(head.status.code)
            answer.etag = head.headers.first(name: "ETag")
            isLast = !head.isKeepAlive || head.status == .switchingProtocols
        case .body(let bytes):
            if answer.body.count + bytes.readableBytes > exchange.limitInBytes {
                return fail(NIOTooManyBytesError(maxBytes: exchange.limitInBytes), context)
            }
            answer.body += bytes.readableBytesView
        case .end:
            self.exchange = nil
            if isLast { context.close(promise: nil) }
            exchange.answer.succeed(answer)
        }
    }

    func channelInactive(context: ChannelHandlerContext) {
        fail(ChannelError.eof, context)
        context.fireChannelInactive()
    }

    func errorCaught(context: ChannelHandlerContext, error: any Error) { fail(error, context) }

    private func fail(_ error: any Error, _ context: ChannelHandlerContext) {
        let waiting = exchange
        exchange = nil
        context.close(promise: nil)
        waiting?.answer.fail(error)
    }
}
