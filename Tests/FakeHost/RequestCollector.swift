import NIOHTTP1
import Synchronization

/// The parts of the request that a connection is in the middle of.
final class RequestCollector: Sendable {
    private let request = Mutex<FakeRequest?>(nil)

    func begin(_ head: HTTPRequestHead) {
        let headers = Dictionary(head.headers.map { ($0.name.lowercased(), $0.value) }) { $1 }
        request.withLock {
            $0 = FakeRequest(method: head.method.rawValue, target: head.uri, headers: headers, body: [])
        }
    }

    func append(_ bytes: [UInt8]) { request.withLock { $0?.body += bytes } }

    func end() -> FakeRequest? { request.withLock { $0.take() } }
}
