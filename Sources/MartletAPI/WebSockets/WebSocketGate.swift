import HTTPTypes
import MartletWebSocket
import NIOCore
import NIOHTTP1
import NIOHTTPTypes
import NIOHTTPTypesHTTP1

/// Makes a connection a web socket once a request for one was answered with 101.
///
/// Stands between `ConnectionGuard` and Hummingbird, which knows of HTTP alone: behind the answer's head, messages from the client go
/// on as pieces of the request's body, and pieces of the answer's body go out as messages. So both ways are held up as any
/// body is. The request's end is kept back until then.
///
///     http ──request to upgrade──▶ asked ──101──▶ upgraded
///                                    └──other answer──▶ refused: the connection ends with it
///
/// NIO's decoder reads nothing behind a request to upgrade, whatever comes of it, so such a connection can't be used again.
final class WebSocketGate: ChannelDuplexHandler, RemovableChannelHandler {
    typealias InboundIn = HTTPRequestPart
    typealias InboundOut = HTTPRequestPart
    typealias OutboundIn = HTTPResponsePart
    typealias OutboundOut = HTTPResponsePart

    private enum State {
        case http
        /// So many answers to earlier requests come first. The end is kept where the request may become a web socket.
        case asked(before: Int, keepsEnd: Bool)
        case refused
        case upgraded
    }

    private let limits: WebSocketLimits
    private var state = State.http
    private var unanswered = 0
    private var keptEnd: HTTPRequestPart?

    init(limits: WebSocketLimits) { self.limits = limits }

    func channelRead(context: ChannelHandlerContext, data: NIOAny) {
        let part = unwrapInboundIn(data)
        switch (part, state) {
        case (.head(let head), .http):
            if WebSocketHandshake.names("upgrade", in: head.headerFields[.connection]),
                head.headerFields[.upgrade] != nil
            {
                state = .asked(before: unanswered, keepsEnd: head.method == .get)
            }
            unanswered += 1
        case (.end, .asked(_, keepsEnd: true)):
            keptEnd = part
            return
        default: break
        }
        context.fireChannelRead(data)
    }

    func write(context: ChannelHandlerContext, data: NIOAny, promise: EventLoopPromise<Void>?) {
        switch (unwrapOutboundIn(data), state) {
        case (.head(let head), .asked(before: 0, _)) where head.status == .switchingProtocols:
            context.writeAndFlush(data, promise: promise)
            upgrade(context)
        case (.head(var head), .asked(before: 0, _)) where head.status.kind != .informational:
            state = .refused
            head.headerFields[.connection] = "close"
            context.write(wrapOutboundOut(.head(head)), promise: promise)
            releaseEnd(context)
        case (.end, .asked(let before, let keepsEnd)):
            unanswered -= 1
            state = .asked(before: before - 1, keepsEnd: keepsEnd)
            context.write(data, promise: promise)
        case (.end, .refused):
            let bound = NIOLoopBound(context, eventLoop: context.eventLoop)
            context.writeAndFlush(data).whenComplete { result in
                promise?.completeWith(result)
                bound.value.close(promise: nil)
            }
        case (.end, .http):
            unanswered -= 1
            context.write(data, promise: promise)
        default: context.write(data, promise: promise)
        }
    }

    private func releaseEnd(_ context: ChannelHandlerContext) {
        guard let end = keptEnd.take() else { return }
        context.fireChannelRead(wrapInboundOut(end))
        context.fireChannelReadComplete()
    }

    private func upgrade(_ context: ChannelHandlerContext) {
        state = .upgraded
        let pipeline = context.pipeline.syncOperations
        do {
            let codec = try pipeline.handler(type: HTTP1ToHTTPServerCodec.self)
            let encoder = try pipeline.handler(type: HTTPResponseEncoder.self)
            let decoder = try pipeline.handler(type: ByteToMessageHandler<HTTPRequestDecoder>.self)
            try pipeline.addHandler(WebSocketParts(), position: .after(codec))
            try WebSocketHandler.add(to: pipeline, isServer: true, limits: limits, after: codec)
            let handlers: [any RemovableChannelHandler] = [decoder, encoder, codec]
            for handler in handlers { pipeline.removeHandler(handler, promise: nil) }
        } catch {
            context.close(promise: nil)
        }
    }
}

// It lives on its channel's event loop.
@available(*, unavailable)
extension WebSocketGate: Sendable {}

/// A web socket's messages as pieces of bodies.
private final class WebSocketParts: ChannelDuplexHandler {
    typealias InboundIn = WebSocketEvent
    typealias InboundOut = HTTPRequestPart
    typealias OutboundIn = HTTPResponsePart
    typealias OutboundOut = WebSocketOutput

    func channelRead(context: ChannelHandlerContext, data: NIOAny) {
        switch unwrapInboundIn(data) {
        case .message(let bytes): context.fireChannelRead(wrapInboundOut(.body(bytes)))
        case .closed: context.fireChannelRead(wrapInboundOut(.end(nil)))
        }
    }

    func write(context: ChannelHandlerContext, data: NIOAny, promise: EventLoopPromise<Void>?) {
        switch unwrapOutboundIn(data) {
        case .head: promise?.succeed()
        case .body(let bytes): context.write(wrapOutboundOut(.message(bytes)), promise: promise)
        case .end(let fields): context.write(wrapOutboundOut(.close(WebSocketClose(fields))), promise: promise)
        }
    }
}

// It lives on its channel's event loop.
@available(*, unavailable)
extension WebSocketParts: Sendable {}

extension WebSocketClose {
    private static let codeField = HTTPField.Name("close-code") ?? .server
    private static let reasonField = HTTPField.Name("close-reason") ?? .server

    /// As the end of an answer's body, from the responder to the channel.
    var fields: HTTPFields { [Self.codeField: "\(code)", Self.reasonField: reason] }

    init(_ fields: HTTPFields?) {
        let code = fields?[Self.codeField].flatMap(UInt16.init)
        self = code.map { WebSocketClose($0, fields?[Self.reasonField] ?? "") } ?? .normal
    }
}
