package import NIOCore
package import NIOWebSocket

/// What comes from the other side.
package enum WebSocketEvent: Hashable, Sendable {
    case message(ByteBuffer)
    /// The last event.
    case closed(WebSocketClose)
}

/// What goes to the other side.
package enum WebSocketOutput: Hashable, Sendable {
    case message(ByteBuffer)
    case close(WebSocketClose)
}

/// One side of a web socket: whole messages behind NIO's coders of frames.
package final class WebSocketHandler: ChannelDuplexHandler {
    package typealias InboundIn = WebSocketFrame
    package typealias InboundOut = WebSocketEvent
    package typealias OutboundIn = WebSocketOutput
    package typealias OutboundOut = WebSocketFrame

    private let side: WebSocketLife.Side
    private let limits: WebSocketLimits
    private var life: WebSocketLife
    private var pings: RepeatedTask?
    private var farewell: Scheduled<Void>?
    /// Whether somebody has asked for more than has come.
    private var isReading = false

    private init(_ side: WebSocketLife.Side, _ limits: WebSocketLimits) {
        self.side = side
        self.limits = limits
        life = WebSocketLife(side: side, limits: limits)
    }

    /// Makes a pipeline's bytes, from `position` on, messages. The channel must be on its event loop.
    ///
    /// - Throws: NIO's errors, when the channel has ended.
    package static func add(
        to pipeline: ChannelPipeline.SynchronousOperations, isServer: Bool, limits: WebSocketLimits,
        after position: (any ChannelHandler)? = nil
    ) throws {
        let handlers: [any ChannelHandler] = [
            WebSocketFrameEncoder(),
            ByteToMessageHandler(WebSocketFrameDecoder(maxFrameSize: limits.messageInBytes)),
            WebSocketHandler(isServer ? .server : .client, limits),
        ]
        if let position {
            try pipeline.addHandlers(handlers, position: .after(position))
        } else {
            try pipeline.addHandlers(handlers)
        }
    }

    package func handlerAdded(context: ChannelHandlerContext) {
        let interval = TimeAmount(limits.pingInterval)
        let bound = NIOLoopBound((self, context), eventLoop: context.eventLoop)
        pings = context.eventLoop.scheduleRepeatedTask(initialDelay: interval, delay: interval) { _ in
            let (handler, context) = bound.value
            handler.tick(context)
        }
    }

    package func handlerRemoved(context: ChannelHandlerContext) {
        pings?.cancel()
        farewell?.cancel()
    }

    package func channelInactive(context: ChannelHandlerContext) {
        if life.connectionEnded() { context.fireChannelRead(wrapInboundOut(.closed(.abnormal))) }
        context.fireChannelInactive()
    }

    package func userInboundEventTriggered(context: ChannelHandlerContext, event: Any) {
        context.fireUserInboundEventTriggered(event)
        // A web socket is closed by words: half a connection is none.
        if let event = event as? ChannelEvent, event == .inputClosed { context.close(promise: nil) }
    }

    package func read(context: ChannelHandlerContext) {
        isReading = true
        context.read()
    }

    package func channelReadComplete(context: ChannelHandlerContext) {
        isReading = false
        context.fireChannelReadComplete()
    }

    package func channelRead(context: ChannelHandlerContext, data: NIOAny) {
        perform(life.received(unwrapInboundIn(data)), context)
    }

    package func errorCaught(context: ChannelHandlerContext, error: any Error) {
        guard let error = error as? NIOWebSocketError else { return context.close(promise: nil) }
        perform(life.unreadable(isTooLong: error == .invalidFrameLength), context)
    }

    package func write(context: ChannelHandlerContext, data: NIOAny, promise: EventLoopPromise<Void>?) {
        switch unwrapOutboundIn(data) {
        case .message(let bytes):
            guard life.maySend else {
                promise?.fail(ChannelError.outputClosed)
                return
            }
            context.write(wrapOutboundOut(frame(.binary, bytes)), promise: promise)
        case .close(let close):
            guard life.close() else {
                promise?.succeed()
                return
            }
            context.writeAndFlush(wrapOutboundOut(frame(of: close)), promise: promise)
            endSoon(context)
        }
    }

    private func perform(_ action: WebSocketLife.Action, _ context: ChannelHandlerContext) {
        switch action {
        case .nothing: break
        case .deliver(let bytes): context.fireChannelRead(wrapInboundOut(.message(bytes)))
        case .pong(let bytes): context.writeAndFlush(wrapOutboundOut(frame(.pong, bytes)), promise: nil)
        case .answerClose(let close):
            finish(close, saying: close == .withoutCode ? .normal : WebSocketClose(close.code), context)
        case .refuse(let close): finish(close, saying: close, context)
        case .closed(let close):
            context.fireChannelRead(wrapInboundOut(.closed(close)))
            context.close(promise: nil)
        }
    }

    private func finish(_ close: WebSocketClose, saying answer: WebSocketClose, _ context: ChannelHandlerContext) {
        context.fireChannelRead(wrapInboundOut(.closed(close)))
        let bound = NIOLoopBound(context, eventLoop: context.eventLoop)
        context.writeAndFlush(wrapOutboundOut(frame(of: answer))).whenComplete { _ in bound.value.close(promise: nil) }
        endSoon(context)
    }

    /// Whoever doesn't read, or doesn't answer a close, is left.
    private func endSoon(_ context: ChannelHandlerContext) {
        guard farewell == nil else { return }
        let bound = NIOLoopBound(context, eventLoop: context.eventLoop)
        farewell = context.eventLoop.scheduleTask(in: TimeAmount(limits.closing)) { bound.value.close(promise: nil) }
    }

    private func tick(_ context: ChannelHandlerContext) {
        switch life.tick(isReading: isReading) {
        case .nothing: break
        case .ping: context.writeAndFlush(wrapOutboundOut(frame(.ping, ByteBuffer())), promise: nil)
        case .lost:
            if life.connectionEnded() { finish(.abnormal, saying: .goingAway, context) }
        }
    }

    private func frame(of close: WebSocketClose) -> WebSocketFrame {
        var bytes = ByteBuffer()
        bytes.writeInteger(close.code)
        bytes.writeString(close.shortReason)
        return frame(.connectionClose, bytes)
    }

    private func frame(_ opcode: WebSocketOpcode, _ bytes: ByteBuffer) -> WebSocketFrame {
        WebSocketFrame(fin: true, opcode: opcode, maskKey: side == .client ? .random() : nil, data: bytes)
    }
}

// It lives on its channel's event loop.
@available(*, unavailable)
extension WebSocketHandler: Sendable {}
