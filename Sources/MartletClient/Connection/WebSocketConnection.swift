import MartletModel
import MartletWebSocket
import NIOCore

/// A web socket to a host: binary messages both ways.
package struct WebSocketConnection: Sendable {
    let inbound: NIOAsyncChannelInboundStream<WebSocketEvent>
    let outbound: NIOAsyncChannelOutboundWriter<WebSocketOutput>
    let address: HostAddress

    /// Sends a message; waits while the host takes no more.
    ///
    /// - Returns: whether it could be sent. When the connection has ended it can't, and `messages` says why.
    /// - Throws: `CancellationError`.
    package func send(_ message: [UInt8]) async throws -> Bool {
        do {
            try await outbound.write(.message(ByteBuffer(bytes: message)))
            return true
        } catch {
            try Task.checkCancellation()
            return false
        }
    }

    /// Says that all is said; what isn't read yet may be lost.
    package func close() async {
        // A connection that has ended is closed.
        try? await outbound.write(.close(.normal))
    }

    /// Whole messages as they come, until the host closes. To be read once, by one reader; what isn't read waits with the host.
    package var messages: Messages { Messages(inbound: inbound, address: address) }

    package struct Messages: AsyncSequence, Sendable {
        package typealias Element = [UInt8]

        let inbound: NIOAsyncChannelInboundStream<WebSocketEvent>
        let address: HostAddress

        package func makeAsyncIterator() -> Iterator {
            Iterator(inbound: inbound.makeAsyncIterator(), address: address)
        }
    }

    package struct Iterator: AsyncIteratorProtocol {
        var inbound: NIOAsyncChannelInboundStream<WebSocketEvent>.AsyncIterator
        let address: HostAddress

        /// The next message; nil when the host closed because all was said.
        ///
        /// - Throws: what the host closed with; `unavailable` when the connection is lost.
        @concurrent package mutating func next() async throws -> [UInt8]? {
            let event: WebSocketEvent?
            do { event = try await inbound.next() } catch {
                throw TransportFailure(address: address).error(for: error)
            }
            switch event {
            case .message(let bytes): return Array(bytes.readableBytesView)
            case .closed(let close):
                guard var error = close.error else { return nil }
                if error.code == .unavailable {
                    error.message = "the connection to \(address) is lost: \(error.message)"
                }
                throw error
            case nil:
                if Task.isCancelled { throw CancellationError() }
                throw TransportFailure(address: address).error(for: ChannelError.eof)
            }
        }
    }
}
