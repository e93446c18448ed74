import AsyncHTTPClient
import FoundationEssentials
package import MartletModel
import NIOCore

/// What changes on a host, from now on or from an event on, until the host ends the stream.
///
/// To be read by one reader, once.
package struct HostEvents: AsyncSequence, Sendable {
    package typealias Element = Event

    let body: HTTPClientResponse.Body
    let transport: Transport

    package func makeAsyncIterator() -> Iterator {
        Iterator(
            body: body.makeAsyncIterator(),
            transport: transport,
            parser: ServerSentEventParser(limitInBytes: transport.limits.eventInBytes)
        )
    }

    package struct Iterator: AsyncIteratorProtocol {
        var body: HTTPClientResponse.Body.AsyncIterator
        let transport: Transport
        var parser: ServerSentEventParser
        /// Last first.
        var waiting: [Event] = []

        /// The next event; nil when the host ended the stream.
        ///
        /// - Throws: `unavailable` when the connection is lost; `timedOut` when there was no sign of life; `unknown`, `tooLarge`.
        @concurrent package mutating func next() async throws -> Event? {
            while true {
                if let event = waiting.popLast() { return event }
                guard let chunk = try await nextChunk() else { return nil }
                waiting = try parser.read(chunk.readableBytesView).compactMap(Self.event).reversed()
            }
        }

        @concurrent private mutating func nextChunk() async throws -> ByteBuffer? {
            do {
                return try await body.next()
            } catch {
                throw TransportFailure(address: transport.address).error(for: error)
            }
        }

        /// Nil for a kind that this version doesn't know.
        private static func event(_ event: ServerSentEvent) throws -> Event? {
            guard Event.Kind(rawValue: event.name) != nil else { return nil }
            return try APIAnswer(status: 200, etag: nil, body: Array(event.data.utf8)).decode()
        }
    }
}
