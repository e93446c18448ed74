import Synchronization

/// The streams of the sessions that a guest is in, for those who run programs there.
package final class LinkSessions: Sendable {
    private let sessions = Mutex<[UInt64: LinkStreams]>([:])

    package init() {}

    /// nil for a session that isn't there, or no more.
    package func streams(of session: UInt64) -> LinkStreams? { sessions.withLock { $0[session] } }

    func add(_ streams: LinkStreams) { sessions.withLock { $0[streams.session] = streams } }

    /// Ends it.
    func remove(_ streams: LinkStreams) {
        sessions.withLock { if $0[streams.session] === streams { $0[streams.session] = nil } }
        streams.end()
    }
}
