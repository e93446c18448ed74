import AsyncHTTPClient
import MartletModel
import NIOCore
import Synchronization

/// The HTTP library's clients of one host, made when they are first needed: a question to a host on this machine needs none, and to
/// begin with them takes longer than most answers.
final class HTTPLibrary: Sendable {
    struct Clients: Sendable {
        let usual: HTTPClient
        /// For answers that show signs of life; the library has no such limit for a single request.
        let watchful: HTTPClient
    }

    private let address: HostAddress
    private let limits: ClientLimits
    private let group: any EventLoopGroup
    private let made = Mutex<Clients?>(nil)

    init(address: HostAddress, limits: ClientLimits, group: any EventLoopGroup) {
        self.address = address
        self.limits = limits
        self.group = group
    }

    var clients: Clients {
        made.withLock { made in
            if let made { return made }
            let clients = Clients(usual: client(silence: nil), watchful: client(silence: limits.silence))
            made = clients
            return clients
        }
    }

    private func client(silence: Duration?) -> HTTPClient {
        HTTPClient(eventLoopGroup: group, configuration: .martlet(for: address, limits: limits, silence: silence))
    }

    /// Closes the connections.
    func shutdown() async {
        guard let clients = made.withLock({ $0.take() }) else { return }
        // What these could say is that a request was still under way, which its caller has been told.
        try? await clients.usual.shutdown()
        try? await clients.watchful.shutdown()
    }
}
