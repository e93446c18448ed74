import Synchronization

/// How many requests were answered, by route and status: at most as many numbers as the API has routes and statuses.
package final class RequestCounters: Sendable {
    /// What asked for no route of ours.
    package static let noRoute = "none"
    /// What asked for a page or something of one.
    package static let page = "page"

    /// What requests are counted by.
    package struct Key: Hashable, Sendable {
        /// The route's operation id.
        package var route: String
        package var status: Int
    }

    private let counts = Mutex<[Key: Int64]>([:])

    package init() {}

    package func answered(_ route: String, status: Int) {
        counts.withLock { $0[Key(route: route, status: status), default: 0] += 1 }
    }

    /// In the order of their routes and statuses.
    package var all: [(key: Key, count: Int64)] {
        counts.withLock { Array($0) }.map { (key: $0.key, count: $0.value) }.sorted {
            ($0.key.route, $0.key.status) < ($1.key.route, $1.key.status)
        }
    }
}
