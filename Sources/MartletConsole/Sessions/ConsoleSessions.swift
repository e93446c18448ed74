import MartletLinux
import MartletModel
import Synchronization

/// Who is signed in to the console, by what their cookies carry. When a session ends is the API's to say: it refuses one that is idle or
/// old, and the console forgets it then.
final class ConsoleSessions: Sendable {
    /// Of a cookie's value, in hexadecimal digits: 256 random bits.
    static let idLength = 64

    private struct Entry {
        var session: ConsoleSession
        var used: ContinuousClock.Instant
    }

    private let root: String
    /// By the digest of the cookie's value, so that how long a search takes tells nothing of the others'.
    private let entries = Mutex<[SHA256Digest: Entry]>([:])

    init(root: String) { self.root = root }

    /// Keeps a session that the API began.
    ///
    /// Of more than the API keeps the one that was idle longest is forgotten; the API has ended it before.
    /// - Throws: `ioFailed` without random numbers.
    func begin(_ signedIn: SignedIn) async throws(MartletError) -> ConsoleSession {
        let session = ConsoleSession(
            id: try SecureRandom.hex(byteCount: Self.idLength / 2), signedIn: signedIn,
            formToken: try SecureRandom.hex(byteCount: 32), root: root)
        let crowded = entries.withLock { entries in
            var crowded: ConsoleSession?
            if entries.count >= SessionLimits.most, let idlest = entries.min(by: { $0.value.used < $1.value.used }) {
                crowded = entries.removeValue(forKey: idlest.key)?.session
            }
            entries[Self.key(session.id)] = Entry(session: session, used: .now)
            return crowded
        }
        await crowded?.close()
        return session
    }

    subscript(_ id: String) -> ConsoleSession? {
        entries.withLock { entries in
            let key = Self.key(id)
            entries[key]?.used = .now
            return entries[key]?.session
        }
    }

    func end(_ session: ConsoleSession) async {
        let ended = entries.withLock { $0.removeValue(forKey: Self.key(session.id)) }
        await ended?.session.close()
    }

    /// Forgets all of them. The API ends its own with the daemon.
    func endAll() async {
        let all = entries.withLock { entries in
            defer { entries = [:] }
            return entries.values.map(\.session)
        }
        for session in all { await session.close() }
    }

    private static func key(_ id: String) -> SHA256Digest { SHA256Digest(of: Array(id.utf8)) }
}
