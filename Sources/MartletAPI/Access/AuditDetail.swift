package import MartletModel
import Synchronization

/// What a handler knows better than the route does about what is to stand in the audit log.
package final class AuditDetail: Sendable {
    /// What is known so far; nil for what the route says well enough.
    package struct Values: Sendable {
        /// Who it was tried as, where nobody is signed in yet.
        package var user: String?
        package var method: Principal.Method?
        package var subject: String?
        package var subjectID: String?
        package var note: String?
    }

    private let state = Mutex(Values())

    package init() {}

    package var values: Values { state.withLock { $0 } }

    package func signIn(as user: String) {
        state.withLock { ($0.user, $0.method) = (user, .password) }
    }

    /// A sentence where there is more to say; without what may be secret.
    package func note(_ text: String) { state.withLock { $0.note = text } }

    /// What was made, where the path couldn't name it.
    package func made(_ name: String, id: String) {
        state.withLock { ($0.subject, $0.subjectID) = (name, id) }
    }
}
