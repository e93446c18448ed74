import AsyncHTTPClient
import NIOCore

/// What a machine's serial console puts out, in pieces as they come, until the machine ends.
///
/// To be read by one reader, once.
package struct ConsoleOutput: AsyncSequence, Sendable {
    package typealias Element = [UInt8]

    let body: HTTPClientResponse.Body
    let address: HostAddress

    package func makeAsyncIterator() -> Iterator { Iterator(body: body.makeAsyncIterator(), address: address) }

    package struct Iterator: AsyncIteratorProtocol {
        var body: HTTPClientResponse.Body.AsyncIterator
        let address: HostAddress

        /// The next bytes; nil when the machine ended.
        ///
        /// - Throws: `unavailable` when the connection is lost.
        @concurrent package mutating func next() async throws -> [UInt8]? {
            do {
                return try await body.next().map { Array($0.readableBytesView) }
            } catch {
                throw TransportFailure(address: address).error(for: error)
            }
        }
    }
}
