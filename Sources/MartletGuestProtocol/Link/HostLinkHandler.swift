package import NIOCore

/// The host's end of the link, for one session: says hello until the guest answers, then lets what lies behind it in the
/// pipeline believe in a plain connection.
///
/// Its channel becomes active for those behind it with the guest's welcome, and closes when the guest says that the session
/// is no more.
package final class HostLinkHandler: ChannelDuplexHandler {
    package typealias InboundIn = LinkFrame
    package typealias InboundOut = ByteBuffer
    package typealias OutboundIn = ByteBuffer
    package typealias OutboundOut = LinkFrame

    private let session: UInt64
    private let repeatAfter: TimeAmount
    private let welcomed: EventLoopPromise<Void>
    private let streams: LinkStreams
    private var isOpen = false
    private var greeting: RepeatedTask?

    /// - Parameters:
    ///   - repeatAfter: when to say hello again to a guest that doesn't answer: it may not be there yet.
    ///   - welcomed: succeeds with the guest's answer, and fails when the connection ends without.
    ///   - streams: of the same session; ended with it.
    package init(repeatAfter: TimeAmount, welcomed: EventLoopPromise<Void>, streams: LinkStreams) {
        session = streams.session
        self.streams = streams
        self.repeatAfter = repeatAfter
        self.welcomed = welcomed
    }

    package func channelActive(context: ChannelHandlerContext) {
        send(LinkFrame(.hello, session: session), context)
        // All of this happens on the channel's event loop.
        let bound = NIOLoopBound((self, context), eventLoop: context.eventLoop)
        greeting = context.eventLoop.scheduleRepeatedTask(initialDelay: repeatAfter, delay: repeatAfter) { _ in
            let (handler, context) = bound.value
            handler.greetAgain(context)
        }
    }

    /// Behind more zeros than the longest frame has bytes, so that the rest of one that was cut off doesn't swallow it.
    private func greetAgain(_ context: ChannelHandlerContext) {
        guard !isOpen, context.channel.isWritable else { return }
        let zeros = ByteBuffer(repeating: 0, count: LinkFrame.longestPayload)
        for _ in 0...LinkFrame.longestStreamPayload / LinkFrame.longestPayload {
            send(LinkFrame(.hello, session: session, payload: zeros), context)
        }
        send(LinkFrame(.hello, session: session), context)
    }

    private func send(_ frame: LinkFrame, _ context: ChannelHandlerContext) {
        context.writeAndFlush(wrapOutboundOut(frame), promise: nil)
    }

    package func channelRead(context: ChannelHandlerContext, data: NIOAny) {
        let frame = unwrapInboundIn(data)
        guard frame.session == session else { return }
        switch frame.kind {
        case .welcome where !isOpen:
            isOpen = true
            greeting?.cancel()
            context.fireChannelActive()
            welcomed.succeed()
        case .data where isOpen: context.fireChannelRead(wrapInboundOut(frame.payload))
        case .stream where isOpen, .credit where isOpen:
            // Who keeps to no window isn't spoken with.
            if !streams.received(frame) { context.close(promise: nil) }
        case .bye where isOpen: context.close(promise: nil)
        case .bye, .hello, .welcome, .data, .stream, .credit: break
        }
    }

    package func channelReadComplete(context: ChannelHandlerContext) {
        streams.wake()
        context.fireChannelReadComplete()
    }

    package func write(context: ChannelHandlerContext, data: NIOAny, promise: EventLoopPromise<Void>?) {
        var frames = LinkFrame.data(unwrapOutboundIn(data), session: session)
        guard let last = frames.popLast() else {
            promise?.succeed()
            return
        }
        for frame in frames { context.write(wrapOutboundOut(frame), promise: nil) }
        context.write(wrapOutboundOut(last), promise: promise)
    }

    package func channelInactive(context: ChannelHandlerContext) {
        greeting?.cancel()
        streams.end()
        welcomed.fail(ChannelError.eof)
        context.fireChannelInactive()
    }

    package func errorCaught(context: ChannelHandlerContext, error: any Error) { context.close(promise: nil) }
}
