import NIOCore
import NIOHTTP1
import NIOPosix
import Synchronization

/// The connections to a host on this machine, over the socket in its root folder. Each carries one request after the other.
final class LocalConnections: Sendable {
    private struct State {
        /// No request is on these.
        var idle: [any Channel] = []
        var isClosed = false
    }

    private let path: String
    private let patience: TimeAmount
    private let group: any EventLoopGroup
    private let state = Mutex(State())

    /// - Parameter patience: for a connection.
    init(path: String, patience: Duration, group: any EventLoopGroup) {
        self.path = path
        self.patience = TimeAmount(patience)
        self.group = group
    }

    /// Sends a request over an idle connection, or one that is made for it, and reads the answer.
    ///
    /// - Parameter limit: of the answer's body, in bytes.
    /// - Throws: what `Exchange` and NIO's connecting throw; `CancellationError`, which closes the connection. What was sent isn't sent
    ///   twice.
    func answer(to head: HTTPRequestHead, body: [UInt8]?, limitInBytes limit: Int) async throws -> APIAnswer {
        while let idle = takeIdle() {
            // It may have ended a moment ago.
            do { return try await answer(to: head, body, limit, over: idle) } catch ChannelError.ioOnClosedChannel {}
        }
        return try await answer(to: head, body, limit, over: try await connect())
    }

    /// - Throws: as `answer`; `ChannelError.ioOnClosedChannel` when nothing was sent.
    private func answer(
        to head: HTTPRequestHead, _ body: [UInt8]?, _ limit: Int, over channel: any Channel
    ) async throws -> APIAnswer {
        let exchange = Exchange(
            head: head, body: body.map { ByteBuffer(bytes: $0) }, limitInBytes: limit,
            answer: channel.eventLoop.makePromise())
        let answer = try await withTaskCancellationHandler {
            channel.writeAndFlush(exchange).whenFailure { exchange.answer.fail($0) }
            do { return try await exchange.answer.futureResult.get() } catch {
                try Task.checkCancellation()
                throw error
            }
        } onCancel: {
            channel.close(promise: nil)
        }
        keep(channel)
        return answer
    }

    /// Closes those that are idle; the others close at their requests' ends.
    func close() {
        let idle = state.withLock { state in
            state.isClosed = true
            return state.idle
        }
        for channel in idle { channel.close(promise: nil) }
    }

    private func connect() async throws -> any Channel {
        let bootstrap = ClientBootstrap(group: group).connectTimeout(patience).channelInitializer { channel in
            channel.eventLoop.makeCompletedFuture {
                try channel.pipeline.syncOperations.addHTTPClientHandlers()
                try channel.pipeline.syncOperations.addHandler(ExchangeHandler())
            }
        }
        return try await bootstrap.connect(unixDomainSocketPath: path).get()
    }

    /// One that the host hasn't closed meanwhile; nil for none.
    private func takeIdle() -> (any Channel)? {
        state.withLock { state in
            while let channel = state.idle.popLast() { if channel.isActive { return channel } }
            return nil
        }
    }

    private func keep(_ channel: any Channel) {
        let isKept = state.withLock { state in
            if !state.isClosed { state.idle.append(channel) }
            return !state.isClosed
        }
        if !isKept { channel.close(promise: nil) }
    }
}
