import MartletClient
import MartletModel
import Synchronization

/// Somebody who is signed in to the console: the session that the API gave, which never reaches the browser.
final class ConsoleSession: Sendable {
    /// What is told once, on the next page.
    struct Notice: Sendable {
        var text: String
        var isError: Bool
    }

    private struct State {
        /// By the address that they ask from, the one used last at the end: a browser may come by IPv4 and by IPv6 in turn.
        var clients: [(address: String, client: HostClient)] = []
        var notices: [Notice] = []
    }

    private static let mostAddresses = 4

    let id: String
    let user: String
    let role: Role
    /// What forms carry, by which they are known to be of this session's pages.
    let formToken: String
    private let secret: String
    private let root: String
    private let state = Mutex(State())

    init(id: String, signedIn: SignedIn, formToken: String, root: String) {
        self.id = id
        user = signedIn.user
        role = signedIn.role
        secret = signedIn.token
        self.formToken = formToken
        self.root = root
    }

    /// The API, asked as this person at the address that they are at now.
    ///
    /// - Throws: `invalidArgument` for a root whose socket's path would be too long.
    func client(from address: String) throws(MartletError) -> HostClient {
        let (client, old) = try state.withLock { state throws(MartletError) -> (HostClient, HostClient?) in
            if let index = state.clients.firstIndex(where: { $0.address == address }) {
                let known = state.clients.remove(at: index)
                state.clients.append(known)
                return (known.client, nil)
            }
            let client = try HostClient(.root(root), bearer: secret, forwardedFor: address)
            state.clients.append((address, client))
            return (client, state.clients.count > Self.mostAddresses ? state.clients.removeFirst().client : nil)
        }
        // Owned by nobody: it ends by itself, and nobody waits for it.
        if let old { Task { await old.shutdown() } }
        return client
    }

    func tell(_ text: String, isError: Bool = false) {
        state.withLock { state in
            state.notices.append(Notice(text: text, isError: isError))
            if state.notices.count > Self.mostNotices { state.notices.removeFirst() }
        }
    }

    private static let mostNotices = 20

    /// What is to be told, once.
    func takeNotices() -> [Notice] {
        state.withLock { state in
            defer { state.notices = [] }
            return state.notices
        }
    }

    /// Closes its connections; requests that are under way fail.
    func close() async {
        let clients = state.withLock { state in
            defer { state.clients = [] }
            return state.clients
        }
        for (_, client) in clients { await client.shutdown() }
    }
}
