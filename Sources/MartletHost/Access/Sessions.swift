import MartletLinux
package import MartletModel
import Synchronization

/// The sessions that passwords began. They are kept in memory alone, so they end with the daemon, and their ends are by a clock that
/// nobody can set.
package final class Sessions: Sendable {
    private struct Session {
        var user: String
        var began: ContinuousClock.Instant
        var used: ContinuousClock.Instant
        /// When it ends, for people.
        var ends: Moment
    }

    package static let prefix = "mls_"

    private let environment: HostEnvironment
    package let limits: SessionLimits
    private let sessions = Mutex<[String: Session]>([:])

    package init(environment: HostEnvironment, limits: SessionLimits) {
        self.environment = environment
        self.limits = limits
    }

    /// Begins a session of a user whose password was right: `mls_` and 256 random bits, of which the digest alone is kept.
    ///
    /// Of more than `SessionLimits.mostOfOneUser` the one that was idle longest ends.
    /// - Throws: `ioFailed` without random numbers.
    package func begin(user: String) throws(MartletError) -> (secret: String, ends: Moment) {
        let secret = Self.prefix + (try SecureRandom.hex(byteCount: 32))
        let now = environment.steadyNow()
        let longest = Int64(limits.longest / .milliseconds(1))
        let ends = Moment(milliseconds: environment.now().milliseconds + longest)
        sessions.withLock { sessions in
            sessions = sessions.filter { isAlive($0.value, now) }
            makeRoom(&sessions, for: user)
            sessions[Self.digest(of: secret)] = Session(user: user, began: now, used: now, ends: ends)
        }
        return (secret, ends)
    }

    private func makeRoom(_ sessions: inout [String: Session], for user: String) {
        let own = sessions.filter { $0.value.user == user }
        let crowd =
            own.count >= SessionLimits.mostOfOneUser ? own : sessions.count >= SessionLimits.most ? sessions : [:]
        if let idlest = crowd.min(by: { $0.value.used < $1.value.used }) { sessions[idlest.key] = nil }
    }

    /// Whose session this is; nil when it has ended, or never was.
    package func user(of secret: String) -> (name: String, ends: Moment)? {
        guard secret.utf8.count <= 256 else { return nil }
        let digest = Self.digest(of: secret)
        let now = environment.steadyNow()
        return sessions.withLock { sessions in
            guard let session = sessions[digest] else { return nil }
            guard isAlive(session, now) else {
                sessions[digest] = nil
                return nil
            }
            sessions[digest]?.used = now
            return (session.user, session.ends)
        }
    }

    /// Ends a session; false when there is none.
    package func end(_ secret: String) -> Bool {
        sessions.withLock { $0.removeValue(forKey: Self.digest(of: secret)) } != nil
    }

    private func isAlive(_ session: Session, _ now: ContinuousClock.Instant) -> Bool {
        now - session.began < limits.longest && now - session.used < limits.idle
    }

    private static func digest(of secret: String) -> String { "\(SHA256Digest(of: Array(secret.utf8)))" }
}
