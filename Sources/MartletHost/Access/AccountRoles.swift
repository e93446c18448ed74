import Glibc
import MartletLinux
package import MartletModel
import Synchronization

/// What role the accounts of this host have: root and the daemon's own user are administrators, the members of three groups have
/// the group's role, and anybody else is nobody.
///
/// Memberships are asked of the name service and kept for a few seconds: a slow directory server doesn't slow every request, and who
/// is taken out of a group is out within seconds.
package final class AccountRoles: Sendable {
    private enum Account: Hashable {
        case id(UInt32)
        case name(String)
    }

    private struct Known {
        var principal: Principal?
        var until: ContinuousClock.Instant
    }

    private static let validity: Duration = .seconds(5)
    /// Names come from those who sign in, who are known to PAM; this is far more than a host has at once.
    private static let mostKnown = 4_096

    private let groups: RoleGroups
    private let known = Mutex<[Account: Known]>([:])

    package init(groups: RoleGroups) { self.groups = groups }

    /// The principal behind a user id, for the unix socket; nil when the user may do nothing.
    ///
    /// - Throws: `ioFailed` when the name service fails.
    package func principal(userID: UInt32) async throws(MartletError) -> Principal? {
        try await principal(.id(userID)) { () throws(MartletError) in try UserAccount(userID: userID) }
    }

    /// The principal behind a name that a password was given for; nil when the user may do nothing.
    ///
    /// - Throws: `ioFailed` when the name service fails.
    package func principal(named name: String) async throws(MartletError) -> Principal? {
        try await principal(.name(name)) { () throws(MartletError) in try UserAccount(name: name) }
    }

    private func principal(
        _ key: Account, _ find: @escaping @Sendable () throws(MartletError) -> UserAccount?
    ) async throws(MartletError) -> Principal? {
        let now = ContinuousClock.now
        if let kept = known.withLock({ $0[key] }), kept.until > now { return kept.principal }
        let groups = groups
        let principal = try await BlockingWork.run { () throws(MartletError) -> Principal? in
            try Self.lookUp(key, try find(), groups)
        }
        known.withLock { known in
            if known.count >= Self.mostKnown { known = known.filter { $0.value.until > now } }
            known[key] = Known(principal: principal, until: now + Self.validity)
        }
        return principal
    }

    private static func lookUp(
        _ key: Account, _ account: UserAccount?, _ groups: RoleGroups
    ) throws(MartletError) -> Principal? {
        guard let account else {
            // A user id needs no account, as in a container that maps ids.
            guard case .id(let userID) = key, isMaster(userID) else { return nil }
            return Principal(name: "user \(userID)", role: .administrator)
        }
        if isMaster(account.userID) { return Principal(name: account.name, role: .administrator) }
        var ids: [String: UInt32] = [:]
        for group in groups.ranked { ids[group.name] = try UserAccount.groupID(named: group.name) }
        return groups.role(of: Set(account.groups()), ids: ids).map { Principal(name: account.name, role: $0) }
    }

    private static func isMaster(_ userID: UInt32) -> Bool { userID == 0 || userID == geteuid() }
}
