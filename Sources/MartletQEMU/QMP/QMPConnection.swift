import Logging
import MartletModel
import NIOCore
import NIOPosix

/// A channel to a monitor that hasn't agreed to talk yet.
struct QMPConnection: Sendable {
    /// Events that wait for their reader; the oldest are dropped beyond.
    static let eventBuffer = 256

    let channel: any Channel
    let handler: NIOLoopBound<QMPHandler>
    let events: AsyncStream<QMPEvent>
    private let ready: EventLoopFuture<QEMUVersion>

    static func open(path: String, timeout: Duration, logger: Logger) async throws(MartletError) -> QMPConnection {
        try UnixSocketPath.check(path)
        return try await MartletError.mapping(to: .unavailable, "nobody answers at the monitor's socket '\(path)'") {
            try await ClientBootstrap(group: MultiThreadedEventLoopGroup.singleton)
                .connectTimeout(TimeAmount(timeout))
                .connect(unixDomainSocketPath: path) { channel in
                    channel.eventLoop.makeCompletedFuture {
                        try QMPConnection(channel, timeout: timeout, logger: logger)
                    }
                }
        }
    }

    /// On the channel's event loop.
    private init(_ channel: any Channel, timeout: Duration, logger: Logger) throws {
        let ready = channel.eventLoop.makePromise(of: QEMUVersion.self)
        let (events, continuation) = AsyncStream.makeStream(
            of: QMPEvent.self, bufferingPolicy: .bufferingNewest(Self.eventBuffer)
        )
        let tag = String(UInt32.random(in: .min ... .max), radix: 16)
        let handler = QMPHandler(session: QMPSession(tag: tag), ready: ready, events: continuation, logger: logger)
        try channel.pipeline.syncOperations.addHandler(handler)
        handler.limitGreeting(to: TimeAmount(timeout))
        self.channel = channel
        self.handler = NIOLoopBound(handler, eventLoop: channel.eventLoop)
        self.events = events
        self.ready = ready.futureResult
    }

    /// Waits until the monitor has greeted and agreed; a connection that doesn't get there is closed.
    func agree() async throws(MartletError) -> QEMUVersion {
        let channel = channel
        let handler = handler
        return try await MartletError.mapping {
            try await withTaskCancellationHandler {
                try await ready.get()
            } onCancel: {
                channel.eventLoop.execute {
                    handler.value.end(MartletError(.cancelled, "the wait for qemu's monitor was cancelled"))
                }
            }
        }
    }
}
