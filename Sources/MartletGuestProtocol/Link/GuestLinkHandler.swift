package import NIOCore

/// The guest's end of the link: connects each session that the host begins to the server beside it, and carries bytes.
///
/// Both channels live on one event loop. When either side takes no more, the other isn't read, so nothing piles up. Streams have
/// windows of their own.
package final class GuestLinkHandler: ChannelInboundHandler {
    package typealias InboundIn = LinkFrame
    package typealias OutboundOut = LinkFrame
    /// Connects to the server, on the given event loop, and doesn't read yet.
    package typealias Join = (any EventLoop) -> EventLoopFuture<any Channel>

    private var machine = LinkMachine()
    private let join: Join
    private let sessions: LinkSessions
    private var context: ChannelHandlerContext?
    private var local: (channel: any Channel, streams: LinkStreams)?

    /// - Parameter sessions: told of each session that begins and ends.
    package init(sessions: LinkSessions, join: @escaping Join) {
        self.sessions = sessions
        self.join = join
    }

    package func handlerAdded(context: ChannelHandlerContext) { self.context = context }

    package func handlerRemoved(context: ChannelHandlerContext) { self.context = nil }

    package func channelRead(context: ChannelHandlerContext, data: NIOAny) {
        act(machine.received(unwrapInboundIn(data)))
    }

    /// What came in one go goes on in one: who reads it makes what it can of each part, and then again of that and the next.
    package func channelReadComplete(context: ChannelHandlerContext) {
        local?.channel.flush()
        local?.streams.wake()
        context.fireChannelReadComplete()
    }

    package func channelInactive(context: ChannelHandlerContext) {
        leave()
        context.fireChannelInactive()
    }

    package func errorCaught(context: ChannelHandlerContext, error: any Error) { context.close(promise: nil) }

    package func channelWritabilityChanged(context: ChannelHandlerContext) {
        local?.channel.setReading(context.channel.isWritable)
        context.fireChannelWritabilityChanged()
    }

    private func act(_ action: LinkMachine.Action) {
        switch action {
        case .nothing: break
        case .send(let frame): context?.writeAndFlush(wrapOutboundOut(frame), promise: nil)
        case .join(let session): startJoining(session)
        case .deliver(let bytes): deliver(bytes)
        case .pass(let frame): pass(frame)
        case .leave: leave()
        }
    }

    private func startJoining(_ session: UInt64) {
        leave()
        guard let context else { return }
        // Nothing of the session may come before there is someone to give it to.
        context.channel.setReading(false)
        join(context.eventLoop).assumeIsolated().whenComplete { [self] result in
            self.context?.channel.setReading(true)
            switch result {
            case .success(let channel): connect(channel, session)
            case .failure: act(machine.left(session))
            }
        }
    }

    private func connect(_ channel: any Channel, _ session: UInt64) {
        let action = machine.joined(session)
        guard action != .leave, let context else { return channel.close(promise: nil) }
        do {
            let streams = try LinkStreams(session: session, on: context.channel)
            try channel.pipeline.syncOperations.addHandler(ServerHandler(link: self, session: session))
            local = (channel, streams)
            sessions.add(streams)
        } catch {
            channel.close(promise: nil)
            return act(machine.left(session))
        }
        act(action)
        channel.setReading(true)
    }

    private func deliver(_ bytes: ByteBuffer) {
        guard let local else { return }
        local.channel.write(bytes, promise: nil)
        if !local.channel.isWritable { context?.channel.setReading(false) }
    }

    private func pass(_ frame: LinkFrame) {
        guard let local, !local.streams.received(frame) else { return }
        // Who keeps to no window has to begin anew.
        leave()
        act(machine.left(frame.session))
    }

    private func leave() {
        guard let local else { return }
        self.local = nil
        sessions.remove(local.streams)
        local.channel.close(promise: nil)
        context?.channel.setReading(true)
    }

    // What the server's side tells.

    fileprivate func serverSaid(_ bytes: ByteBuffer, _ session: UInt64) {
        guard let context, local?.streams.session == session else { return }
        for frame in LinkFrame.data(bytes, session: session) { context.write(wrapOutboundOut(frame), promise: nil) }
        context.flush()
        if !context.channel.isWritable { local?.channel.setReading(false) }
    }

    fileprivate func serverTakesMore() { context?.channel.setReading(true) }

    fileprivate func serverLeft(_ session: UInt64) {
        guard local?.streams.session == session else { return }
        leave()
        act(machine.left(session))
    }
}

/// The end of the connection to the server.
private final class ServerHandler: ChannelInboundHandler {
    typealias InboundIn = ByteBuffer

    private let link: GuestLinkHandler
    private let session: UInt64

    init(link: GuestLinkHandler, session: UInt64) {
        self.link = link
        self.session = session
    }

    func channelRead(context: ChannelHandlerContext, data: NIOAny) { link.serverSaid(unwrapInboundIn(data), session) }

    func channelWritabilityChanged(context: ChannelHandlerContext) {
        if context.channel.isWritable { link.serverTakesMore() }
    }

    func channelInactive(context: ChannelHandlerContext) { link.serverLeft(session) }

    func errorCaught(context: ChannelHandlerContext, error: any Error) { context.close(promise: nil) }
}

extension Channel {
    /// Reads on, or lets the sender wait.
    fileprivate func setReading(_ isReading: Bool) {
        // Of a channel that has ended there is nothing to read.
        setOption(.autoRead, value: isReading).whenFailure { _ in }
    }
}
