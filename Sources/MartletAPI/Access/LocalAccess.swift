import Glibc
import MartletLinux
package import MartletModel
import Synchronization

/// Who a user of this host is to the API, when it comes by the unix socket.
///
/// Root, the daemon's own user and the members of one group are administrators; anybody else is nobody. Memberships are asked of the
/// name service and kept for a few seconds, so that a slow directory server doesn't slow every request.
package final class LocalAccess: Sendable {
    private struct Known {
        var principal: Principal?
        var until: ContinuousClock.Instant
    }

    private static let validity: Duration = .seconds(10)

    private let group: String
    private let known = Mutex<[UInt32: Known]>([:])

    package init(group: String) { self.group = group }

    /// The principal behind a user id; nil when the user may do nothing.
    ///
    /// - Throws: `ioFailed` when the name service fails.
    package func principal(userID: UInt32) async throws(MartletError) -> Principal? {
        let now = ContinuousClock.now
        if let kept = known.withLock({ $0[userID] }), kept.until > now { return kept.principal }
        let group = group
        let principal = try await BlockingWork.run { () throws(MartletError) -> Principal? in
            try Self.lookUp(userID, group)
        }
        known.withLock { known in
            known = known.filter { $0.value.until > now }
            known[userID] = Known(principal: principal, until: now + Self.validity)
        }
        return principal
    }

    private static func lookUp(_ userID: UInt32, _ group: String) throws(MartletError) -> Principal? {
        if userID != 0 && userID != geteuid() {
            guard try UserAccount.isMember(userID: userID, ofGroup: group) else { return nil }
        }
        let account = try UserAccount(userID: userID)
        return Principal(name: account?.name ?? "user \(userID)", role: .administrator)
    }
}
