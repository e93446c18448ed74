package import GRPCCore
package import GRPCNIOTransportHTTP2Posix
import MartletModel
import NIOCore
import NIOPosix
import Synchronization

/// A session with a guest: what the host's calls go by.
package enum GuestChannel {
    /// Calls the guest; a call fails with `unavailable` when the session has ended.
    package typealias Client = GRPCClient<Transport>
    /// Calls in the link's frames.
    package typealias Transport = HTTP2ClientTransport.WrappedChannel

    /// Of HTTP/2's frames, in bytes, both ways: each costs the guest time, and HTTP/2's own 16 KiB are a quarter of a copied piece.
    package static let longestFrame = 64 << 10

    /// How a guest is reached.
    package enum Way: Sendable {
        /// The socket of its virtio-serial port.
        case port(path: String)
        /// A connected stream socket, as of vsock; it is closed with the session.
        case connected(CInt)
    }

    /// Goes by the socket of a machine's port, as `run(_:session:)`.
    ///
    /// - Throws: as that.
    package static func run<Result: Sendable>(
        path: String, session: UInt64, repeatAfter: Duration = .seconds(10),
        body: @Sendable (Client, LinkStreams) async throws -> Result
    ) async throws -> Result {
        try await run(.port(path: path), session: session, repeatAfter: repeatAfter, body: body)
    }

    /// Connects to a guest, says hello until the guest answers, and does something in the session.
    ///
    /// A guest may never answer: whoever calls this cancels it at last. The session ends with `body`; it isn't made again when
    /// the guest or the connection ends it.
    /// - Parameters:
    ///   - session: random.
    ///   - repeatAfter: when to say hello again.
    ///   - answerWithin: how long the guest may take to answer; nil for as long as it likes.
    ///   - body: is given what to call the guest by, and the session's streams.
    /// - Throws: `invalidArgument` for a path of more than 107 bytes; `unavailable` when nobody listens there, or when the
    ///   connection ends before the guest has answered; `cancelled`; what `body` throws.
    package static func run<Result: Sendable>(
        _ way: Way, session: UInt64, repeatAfter: Duration = .seconds(10), answerWithin: Duration? = nil,
        body: @Sendable (Client, LinkStreams) async throws -> Result
    ) async throws -> Result {
        let (transport, connection) = try await connect(way, session, TimeAmount(repeatAfter))
        let limit = answerWithin.map { limit in
            connection.channel.eventLoop.scheduleTask(in: TimeAmount(limit)) {
                connection.channel.close(promise: nil)
            }
        }
        return try await withTaskCancellationHandler {
            defer { connection.channel.close(promise: nil) }
            do {
                try await connection.welcomed.get()
            } catch {
                throw MartletError(
                    Task.isCancelled ? .cancelled : .unavailable,
                    "the connection \(way) ended before the guest answered")
            }
            limit?.cancel()
            let client = GRPCClient(transport: transport)
            // The connection ends with its channel, which is closed before this returns.
            async let connections: Void = client.runConnections()
            do {
                let result = try await body(client, connection.streams)
                connection.channel.close(promise: nil)
                try? await connections
                return result
            } catch {
                connection.channel.close(promise: nil)
                try? await connections
                throw error
            }
        } onCancel: {
            connection.channel.close(promise: nil)
        }
    }

    private struct Connection: Sendable {
        var channel: any Channel
        var welcomed: EventLoopFuture<Void>
        var streams: LinkStreams
    }

    private static func connect(
        _ way: Way, _ session: UInt64, _ repeatAfter: TimeAmount
    ) async throws(MartletError) -> (HTTP2ClientTransport.WrappedChannel, Connection) {
        let loop = MultiThreadedEventLoopGroup.singleton.next()
        let welcomed = loop.makePromise(of: Void.self)
        let made = Mutex<(channel: (any Channel)?, streams: LinkStreams?)>((nil, nil))
        do {
            var limits = HTTP2ClientTransport.WrappedChannel.Config.defaults
            limits.http2.maxFrameSize = longestFrame
            let transport = try await HTTP2ClientTransport.WrappedChannel.wrapping(config: limits) { configure in
                let configured = try await way.connect(loop) { channel in
                    channel.eventLoop.makeCompletedFuture {
                        try LinkFrame.configure(channel)
                        let streams = try LinkStreams(session: session, on: channel)
                        made.withLock { $0.streams = streams }
                        let handler = HostLinkHandler(
                            repeatAfter: repeatAfter, welcomed: welcomed, streams: streams)
                        try channel.pipeline.syncOperations.addHandler(handler)
                    }.flatMap { configure(channel) }
                }
                made.withLock { $0.channel = configured.channel }
                return configured
            }
            guard case (let channel?, let streams?) = made.withLock({ $0 }) else { throw ChannelError.eof }
            return (transport, Connection(channel: channel, welcomed: welcomed.futureResult, streams: streams))
        } catch {
            welcomed.fail(error)
            throw MartletError(.unavailable, "nobody answers \(way)", cause: error)
        }
    }
}

extension GuestChannel.Way: CustomStringConvertible {
    package var description: String {
        switch self {
        case .port(let path): "at the guest's socket '\(path)'"
        case .connected: "by the guest's vsock"
        }
    }

    fileprivate func connect<Output: Sendable>(
        _ loop: any EventLoop, _ initializer: @escaping @Sendable (any Channel) -> EventLoopFuture<Output>
    ) async throws -> Output {
        let bootstrap = ClientBootstrap(group: loop)
        return switch self {
        case .port(let path): try await bootstrap.connect(unixDomainSocketPath: path, channelInitializer: initializer)
        case .connected(let socket): try await bootstrap.withConnectedSocket(socket, channelInitializer: initializer)
        }
    }
}
