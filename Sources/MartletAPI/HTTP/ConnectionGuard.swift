import HTTPTypes
import Logging
import MartletModel
package import NIOCore
import NIOHTTP1
package import NIOHTTPTypes
import NIOHTTPTypesHTTP1

/// Holds a connection to its time limits, and gives what the HTTP decoder refuses a problem document.
///
/// Stands between the HTTP codec and Hummingbird. Hummingbird 2.28's own idle timeout counts only whole parts and begins anew with
/// each piece of a body, so that a byte now and then would hold a connection for ever; and its answer to a malformed head is bare.
package final class ConnectionGuard: ChannelDuplexHandler, RemovableChannelHandler {
    package typealias InboundIn = HTTPRequestPart
    package typealias InboundOut = HTTPRequestPart
    package typealias OutboundIn = HTTPResponsePart
    package typealias OutboundOut = HTTPResponsePart

    private let limits: ConnectionLife.Limits
    /// Of the addresses of one listener; nil where nobody has an address.
    private let places: ConnectionPlaces?
    private var address: String?
    private var life: ConnectionLife
    private var timer: Scheduled<Void>?
    private var stallTimer: Scheduled<Void>?
    private var unsentWrites = 0
    private var parseFailure: (error: MartletError, status: HTTPResponse.Status)?
    /// Whether it has become a web socket, which finds out by itself whether anybody is there.
    private var isWebSocket = false
    /// Our own last word was said; nothing that comes after it goes out.
    private var isClosing = false

    package init(limits: ConnectionLife.Limits = .init(), places: ConnectionPlaces? = nil) {
        self.limits = limits
        self.places = places
        life = ConnectionLife(limits: limits)
    }

    package func handlerAdded(context: ChannelHandlerContext) {
        if let places, let address = context.remoteAddress?.ipAddress {
            guard places.take(address) else {
                // Before TLS is spoken nothing can be said that would be understood.
                context.close(promise: nil)
                return
            }
            self.address = address
        }
        perform(life.first, context)
    }

    package func handlerRemoved(context: ChannelHandlerContext) {
        if let address { places?.giveBack(address) }
        address = nil
        stopTimers()
    }

    package func channelInactive(context: ChannelHandlerContext) {
        stopTimers()
        context.fireChannelInactive()
    }

    package func channelRead(context: ChannelHandlerContext, data: NIOAny) {
        let part = unwrapInboundIn(data)
        switch part {
        case .head(let head):
            perform(life.headRead(), context)
            if head.headerFields[.expect]?.lowercased() == "100-continue" { inviteBody(of: head, context) }
        case .body: break
        case .end: perform(life.requestEnded(), context)
        }
        context.fireChannelRead(data)
    }

    package func write(context: ChannelHandlerContext, data: NIOAny, promise: EventLoopPromise<Void>?) {
        guard !isClosing else {
            promise?.fail(ChannelError.ioOnClosedChannel)
            return
        }
        let part = unwrapOutboundIn(data)
        switch part {
        case .head(let head):
            if let parseFailure, head.status == .badRequest, head.headerFields[.contentLength] == "0" {
                send(parseFailure.error, parseFailure.status, context)
                promise?.succeed()
                return
            }
            if head.status.kind != .informational { life.answerBegan() }
            if head.status == .switchingProtocols { leaveToWebSocket() }
        case .body: break
        case .end: perform(life.answerEnded(), context)
        }
        watch(context.eventLoop, promise, context) { context.write(data, promise: $0) }
    }

    package func errorCaught(context: ChannelHandlerContext, error: any Error) {
        switch error {
        case HTTPParserError.headerOverflow:
            parseFailure = (
                MartletError(.tooLarge, "the request's head is too large; use at most 16 KiB and 100 fields"),
                .requestHeaderFieldsTooLarge
            )
            context.fireErrorCaught(error)
        case is HTTPParserError:
            parseFailure = (MartletError(.invalidArgument, "the request is not HTTP: \(error)"), .badRequest)
            context.fireErrorCaught(error)
        case is HTTP1TypeConversionError:
            // The codec passes the head over; Hummingbird knows how to end a connection only by the decoder's errors.
            parseFailure = (MartletError(.invalidArgument, "the request's head is malformed"), .badRequest)
            context.fireErrorCaught(HTTPParserError.invalidMethod)
        default: context.fireErrorCaught(error)
        }
    }

    // MARK: Time limits

    private func perform(_ action: ConnectionLife.TimerAction, _ context: ChannelHandlerContext) {
        switch action {
        case .none: break
        case .stop:
            timer?.cancel()
            timer = nil
        case .restart(let limit):
            timer?.cancel()
            timer = schedule(limit, context) { guarded, context in guarded.timedOut(context) }
        }
    }

    private func schedule(
        _ limit: Duration, _ context: ChannelHandlerContext,
        _ body: @escaping @Sendable (ConnectionGuard, ChannelHandlerContext) -> Void
    ) -> Scheduled<Void> {
        // Bound to the loop: the handler and its context are used nowhere else.
        let bound = NIOLoopBound((self, context), eventLoop: context.eventLoop)
        return context.eventLoop.scheduleTask(in: TimeAmount(limit)) {
            let (guarded, context) = bound.value
            body(guarded, context)
        }
    }

    private func timedOut(_ context: ChannelHandlerContext) {
        timer = nil
        switch life.timedOut() {
        case .close: context.close(promise: nil)
        case .refuse:
            let limit = limits.body.components.seconds
            send(
                MartletError(.timedOut, "the body took longer than \(limit) s; send it faster"), .requestTimeout,
                context)
        }
    }

    private func stopTimers() {
        timer?.cancel()
        stallTimer?.cancel()
        (timer, stallTimer) = (nil, nil)
    }

    private func leaveToWebSocket() {
        isWebSocket = true
        stopTimers()
    }

    /// Passes a write on and closes the connection when nothing can be sent for too long.
    private func watch(
        _ loop: any EventLoop, _ promise: EventLoopPromise<Void>?, _ context: ChannelHandlerContext,
        _ write: (EventLoopPromise<Void>) -> Void
    ) {
        let sent = promise ?? loop.makePromise()
        unsentWrites += 1
        if unsentWrites == 1 { restartStallTimer(context) }
        let bound = NIOLoopBound((self, context), eventLoop: loop)
        sent.futureResult.whenComplete { _ in
            let (guarded, context) = bound.value
            guarded.unsentWrites -= 1
            guarded.restartStallTimer(context)
        }
        write(sent)
    }

    private func restartStallTimer(_ context: ChannelHandlerContext) {
        stallTimer?.cancel()
        stallTimer = nil
        guard !isWebSocket, unsentWrites > 0, context.channel.isActive else { return }
        stallTimer = schedule(limits.stalledWrite, context) { _, context in context.close(promise: nil) }
    }

    // MARK: What is said here

    /// Answers `Expect: 100-continue`, unless the body would be refused for its size anyway.
    private func inviteBody(of head: HTTPRequest, _ context: ChannelHandlerContext) {
        let length = head.headerFields[.contentLength].flatMap(Int.init) ?? 0
        guard length <= RouteDefinition.Body.greatestJSON else { return }
        context.writeAndFlush(wrapOutboundOut(.head(HTTPResponse(status: .continue))), promise: nil)
    }

    private func send(_ error: MartletError, _ status: HTTPResponse.Status, _ context: ChannelHandlerContext) {
        isClosing = true
        let reply = Reply.problem(error, requestID: RequestID.make(), status: status)
        guard case .pieces(let pieces, let mediaType) = reply.body else { return }
        let length = pieces.reduce(0) { $0 + $1.readableBytes }
        let headers: HTTPFields = [.contentType: mediaType, .contentLength: "\(length)", .connection: "close"]
        context.write(wrapOutboundOut(.head(HTTPResponse(status: reply.status, headerFields: headers))), promise: nil)
        for piece in pieces { context.write(wrapOutboundOut(.body(piece)), promise: nil) }
        let bound = NIOLoopBound(context, eventLoop: context.eventLoop)
        context.writeAndFlush(wrapOutboundOut(.end(nil))).whenComplete { _ in bound.value.close(promise: nil) }
    }
}

// It lives on its channel's event loop.
@available(*, unavailable)
extension ConnectionGuard: Sendable {}
