import Logging
import MartletLinux
import MartletModel
import NIOCore

/// Joins a session to a channel; lives on the channel's event loop alone.
final class QMPHandler: ChannelInboundHandler {
    typealias InboundIn = ByteBuffer
    typealias OutboundOut = ByteBuffer

    /// A command that somebody waits for.
    private struct Call {
        var identity: ObjectIdentifier
        var promise: EventLoopPromise<[UInt8]>
        var timer: Scheduled<Void>
    }

    private var session: QMPSession
    private var lines = LineBuffer()
    private var calls: [Int: Call] = [:]
    private var readyTimer: Scheduled<Void>?
    private var context: ChannelHandlerContext?
    private let ready: EventLoopPromise<QEMUVersion>
    private let events: AsyncStream<QMPEvent>.Continuation
    private let logger: Logger

    init(
        session: QMPSession,
        ready: EventLoopPromise<QEMUVersion>,
        events: AsyncStream<QMPEvent>.Continuation,
        logger: Logger
    ) {
        self.session = session
        self.ready = ready
        self.events = events
        self.logger = logger
    }

    // MARK: What the client asks

    /// Fails the connection unless it becomes ready in time.
    func limitGreeting(to timeout: TimeAmount) {
        readyTimer = context?.eventLoop.assumeIsolated().scheduleTask(in: timeout) {
            self.end(
                MartletError(
                    .timedOut, "qemu's monitor did not greet in time; another client may hold it, or qemu hangs")
            )
        }
    }

    func submit(_ call: QMPCall, timeout: TimeAmount) {
        do {
            let (number, line) = try session.submit(call.name, arguments: call.arguments)
            // A session whose channel is gone is broken, and took no command.
            guard let context else { return call.promise.fail(Self.closed) }
            guard call.descriptor == nil || pass(call, line, context) else { return }
            let timer = context.eventLoop.assumeIsolated().scheduleTask(in: timeout) {
                self.giveUp(
                    number,
                    MartletError(.timedOut, "qemu did not answer '\(call.name)' in \(call.timeout); look at its log")
                )
            }
            calls[number] = Call(identity: ObjectIdentifier(call), promise: call.promise, timer: timer)
            if call.descriptor == nil { send(line) }
        } catch {
            call.promise.fail(error)
        }
    }

    /// Sends a command with its descriptor past the channel, which can't carry one; returns whether it was sent. Whatever was written
    /// before is sent by then: each write is flushed, and the monitor reads faster than a socket's buffer fills.
    private func pass(_ call: QMPCall, _ line: [UInt8], _ context: ChannelHandlerContext) -> Bool {
        // The socket is used within the closure alone, on its event loop, and isn't closed.
        let sent = try? context.pipeline.syncOperations.withUnsafeTransportIfAvailable(of: NIOBSDSocket.Handle.self) {
            socket in
            Result { () throws(MartletError) in
                try DescriptorPassing.send(line, with: call.descriptor ?? -1, over: socket)
            }
        }
        guard case .success? = sent else {
            let failure = MartletError(.unavailable, "qemu's monitor takes no descriptor; the connection was closed")
            call.promise.fail(failure)
            end(failure)
            return false
        }
        return true
    }

    func cancel(_ call: QMPCall) {
        guard let number = calls.first(where: { $0.value.identity == ObjectIdentifier(call) })?.key else { return }
        giveUp(number, MartletError(.cancelled, "the wait for qemu's answer to '\(call.name)' was cancelled"))
    }

    /// Ends the connection for this reason, as everybody who waits is told.
    func end(_ failure: MartletError) { perform(session.broke(failure), line: []) }

    // MARK: What the channel tells

    func handlerAdded(context: ChannelHandlerContext) { self.context = context }

    func handlerRemoved(context: ChannelHandlerContext) {
        end(Self.closed)
        self.context = nil
    }

    func channelRead(context: ChannelHandlerContext, data: NIOAny) {
        lines.append(unwrapInboundIn(data))
        do {
            while let line = try lines.next() { perform(session.received(line), line: line) }
        } catch {
            end(error)
        }
    }

    func channelInactive(context: ChannelHandlerContext) {
        end(Self.closed)
        context.fireChannelInactive()
    }

    func errorCaught(context: ChannelHandlerContext, error: any Error) {
        end(MartletError(.unavailable, "the connection to qemu's monitor failed", cause: error))
    }

    // MARK: What the session wants

    private func perform(_ action: QMPSession.Action, line: [UInt8]) {
        switch action {
        case .nothing: break
        case .send(let bytes): send(bytes)
        case .becameReady(let version):
            readyTimer?.cancel()
            ready.succeed(version)
        case .publish(let event): events.yield(event)
        case .succeed(let number): finish(number, .success(line))
        case .refuse(let number, let error): finish(number, .failure(error))
        case .fail(let error): fail(error)
        }
    }

    private func giveUp(_ number: Int, _ error: MartletError) {
        finish(number, .failure(error))
        perform(session.abandoned(number), line: [])
    }

    private func finish(_ number: Int, _ result: Result<[UInt8], any Error>) {
        guard let call = calls.removeValue(forKey: number) else { return }
        call.timer.cancel()
        call.promise.completeWith(result)
    }

    private func fail(_ error: MartletError) {
        logger.debug("monitor connection ended", metadata: ["reason": "\(error)"])
        readyTimer?.cancel()
        ready.fail(error)
        for number in Array(calls.keys) { finish(number, .failure(error)) }
        lines = LineBuffer()
        events.finish()
        context?.close(promise: nil)
    }

    private func send(_ bytes: [UInt8]) {
        guard let context else { return }
        context.writeAndFlush(wrapOutboundOut(context.channel.allocator.buffer(bytes: bytes)), promise: nil)
    }

    private static var closed: MartletError {
        MartletError(.unavailable, "the connection to qemu's monitor is closed; qemu may have ended")
    }
}

/// A command on its way to the event loop and back.
final class QMPCall: Sendable {
    let name: String
    let arguments: [UInt8]
    let timeout: Duration
    let promise: EventLoopPromise<[UInt8]>
    /// What goes with it; whoever submits it keeps it open until the reply.
    let descriptor: Int32?

    init(
        name: String, arguments: [UInt8], timeout: Duration, promise: EventLoopPromise<[UInt8]>,
        descriptor: Int32? = nil
    ) {
        self.descriptor = descriptor
        self.name = name
        self.arguments = arguments
        self.timeout = timeout
        self.promise = promise
    }
}
