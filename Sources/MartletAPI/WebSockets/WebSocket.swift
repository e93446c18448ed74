import HTTPTypes
import HummingbirdCore
import MartletModel
import MartletWebSocket
package import NIOCore
import ServiceLifecycle

/// A web socket that a client has asked for and got: messages both ways, until either side ends it.
package struct WebSocket: Sendable {
    /// What is done with one. When it returns the socket is closed; what it throws is told as the close's code and reason.
    package typealias Serve = @Sendable (WebSocket) async throws -> Void

    private let reader: Reader
    private let writer: Writer

    /// The one iterator of the request's body: Hummingbird gives what it has to the first alone.
    fileprivate final class Reader: @unchecked Sendable {
        // One task reads at a time, as `messages` demands; the next begins when the one before has ended.
        private var iterator: RequestBody.AsyncIterator

        init(_ body: RequestBody) { iterator = body.makeAsyncIterator() }

        @concurrent func next() async throws -> ByteBuffer? { try await iterator.next() }
    }

    /// The writer behind Hummingbird's answer.
    private struct Writer: @unchecked Sendable {
        // It is a struct around NIO's writer, which any task may use; only its type is hidden by the existential.
        let writer: any ResponseBodyWriter
    }

    init(body: RequestBody, writer: any ResponseBodyWriter) {
        reader = Reader(body)
        self.writer = Writer(writer: writer)
    }

    /// Whole messages as they come, until the client closes or is lost. To be read by one task at a time, of which each goes on
    /// where the one before stopped; what isn't read waits with the client.
    package var messages: Messages { Messages(reader: reader) }

    package struct Messages: AsyncSequence, Sendable {
        package typealias Element = ByteBuffer

        fileprivate let reader: Reader

        package func makeAsyncIterator() -> Iterator { Iterator(reader: reader) }
    }

    package struct Iterator: AsyncIteratorProtocol {
        fileprivate let reader: Reader

        /// The next message; nil when the client has closed or is lost.
        ///
        /// - Throws: NIO's errors, when the connection fails.
        @concurrent package mutating func next() async throws -> ByteBuffer? { try await reader.next() }
    }

    /// Sends a message; waits while the client takes no more.
    ///
    /// - Throws: NIO's errors, when the connection has ended.
    package func send(_ message: ByteBuffer) async throws {
        var own = writer.writer
        try await own.write(message)
    }
}

extension ResponseMaker {
    /// The answer that makes the connection a web socket, and what is done with it then.
    ///
    /// - Parameter channel: whose end cancels what is done.
    func webSocket(_ headers: HTTPFields, _ channel: any Channel, _ serve: @escaping WebSocket.Serve) -> Response {
        var headers = headers
        headers[.connection] = "Upgrade"
        headers[.upgrade] = "websocket"
        // What messages are made of, for clients that want it said (RFC 6455, 11.3.4).
        if WebSocketHandshake.names(WebSocketHandshake.binary, in: request.headers[.secWebSocketProtocol]) {
            headers[.secWebSocketProtocol] = WebSocketHandshake.binary
        }
        headers[.secWebSocketAccept] = WebSocketHandshake.accept(request.headers[.secWebSocketKey] ?? "")
        let body = request.body
        let answer = ResponseBody { writer in
            let socket = WebSocket(body: body, writer: writer)
            let close = await Self.close(after: channel) { try await serve(socket) }
            try await writer.finish(close.fields)
        }
        return Response(status: .switchingProtocols, headers: headers, body: answer)
    }

    /// Does `work` until it ends, the connection does or the daemon shuts down.
    private static func close(
        after channel: any Channel, _ work: @escaping @Sendable () async throws -> Void
    ) async -> WebSocketClose {
        let task = Task { try await cancelWhenGracefulShutdown { try await work() } }
        channel.closeFuture.whenComplete { _ in task.cancel() }
        let result = await withTaskCancellationHandler {
            await task.result
        } onCancel: {
            task.cancel()
        }
        switch result {
        case .success: return .normal
        case .failure(let error as MartletError):
            return WebSocketClose(error, status: ProblemTable.status(error.code).code)
        case .failure(is CancellationError):
            let error = MartletError(.unavailable, "the host is shutting down; try again later")
            return WebSocketClose(error, status: ProblemTable.status(error.code).code)
        case .failure(let error):
            let failure = MartletError(.internal, "the web socket failed", cause: error)
            return WebSocketClose(failure, status: ProblemTable.status(failure.code).code)
        }
    }
}

/// A request that has to be for a web socket, and isn't: 426, or 400 for one that is malformed.
struct UpgradeRequired: Error {
    var error: MartletError
    var status: HTTPResponse.Status

    /// - Throws: `UpgradeRequired`.
    static func check(_ headers: HTTPFields) throws(UpgradeRequired) {
        guard WebSocketHandshake.names("upgrade", in: headers[.connection]),
            WebSocketHandshake.names("websocket", in: headers[.upgrade])
        else {
            throw UpgradeRequired(
                error: MartletError(.unsupported, "only a web socket is to be had here; ask with 'Upgrade: websocket'"),
                status: .upgradeRequired)
        }
        guard headers[.secWebSocketVersion] == WebSocketHandshake.version else {
            throw UpgradeRequired(
                error: MartletError(.unsupported, "use version \(WebSocketHandshake.version) of web sockets"),
                status: .upgradeRequired)
        }
        guard WebSocketHandshake.isKey(headers[.secWebSocketKey] ?? "") else {
            throw UpgradeRequired(
                error: MartletError(.invalidArgument, "'Sec-WebSocket-Key' has to be 16 bytes in base64"),
                status: .badRequest)
        }
    }

    /// What a client may upgrade to.
    static let headers: HTTPFields = [.upgrade: "websocket", .secWebSocketVersion: WebSocketHandshake.version]
}
