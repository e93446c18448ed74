import HTTPTypes
package import MartletHost
package import MartletModel
import Synchronization

/// Says who makes a request.
package final class Authenticator: Sendable {
    private let roles: AccountRoles
    private let tokens: Tokens
    private let sessions: Sessions
    private let tickets: Tickets
    private let rates: RequestRates
    private let throttle = Mutex(SignInThrottle())

    package init(
        roles: AccountRoles, tokens: Tokens, sessions: Sessions, tickets: Tickets, rates: RequestRates
    ) {
        self.roles = roles
        self.tokens = tokens
        self.sessions = sessions
        self.tickets = tickets
        self.rates = rates
    }

    /// Holds a request to the limit of its address, before anything else is done for it. At the socket there are accounts instead.
    ///
    /// - Throws: `tooMany`.
    package func admit(_ caller: Caller) throws(MartletError) {
        guard case .remote(let address) = caller else { return }
        try rates.take(address)
    }

    /// A bearer's token or session counts at the socket too, in the place of the account behind it.
    ///
    /// - Parameter authorization: the header of that name.
    /// - Throws: `unauthenticated`; `forbidden` for an account that may do nothing; `tooMany` after many wrong secrets, or for more
    ///   requests than anybody may make.
    package func principal(_ caller: Caller, authorization: String?) async throws(MartletError) -> Principal {
        if case .local(let userID) = caller, authorization == nil {
            guard let principal = try await roles.principal(userID: userID) else { throw .noRole("user \(userID)") }
            // Whoever is root's equal at the socket could end the daemon as well.
            if principal.role != .administrator { try rates.take(principal.name) }
            return principal
        }
        guard let secret = Self.bearer(authorization) else {
            throw MartletError(
                .unauthenticated, "no token was sent; send 'Authorization: Bearer <token>', or sign in for one")
        }
        let principal = try await principal(secret, caller)
        try rates.take(principal.name)
        return principal
    }

    /// Who asked for a ticket, which is used up by this. It counts in the place of all else that a request is signed in by.
    ///
    /// - Parameter machine: that the request is for; nil for one that isn't there.
    /// - Throws: `unauthenticated`; `tooMany` after many wrong secrets.
    func principal(
        _ caller: Caller, ticket: String, for purpose: TicketPurpose, of machine: ID<VirtualMachine>?
    ) async throws(MartletError) -> Principal {
        if let principal = tickets.use(ticket, for: purpose, of: machine) { return principal }
        throw await refusal(
            caller,
            "the ticket is not good here: it is for one use within \(Tickets.life.components.seconds) seconds, of one machine's "
                + "\(TicketPurpose.allCases.map(\.rawValue).joined(separator: " or ")); get another")
    }

    private func principal(_ secret: String, _ caller: Caller) async throws(MartletError) -> Principal {
        if secret.hasPrefix(Sessions.prefix) {
            guard let session = sessions.user(of: secret) else {
                throw await refusal(caller, "the session has ended, or never was; sign in again")
            }
            // Looked at each time: who is taken out of a group is out within seconds.
            guard var principal = try await roles.principal(named: session.name) else { throw .noRole(session.name) }
            principal.method = .password
            principal.ends = session.ends
            return principal
        }
        switch await tokens.recognize(secret) {
        case .known(let principal): return principal
        case .ended(let name, let end):
            throw MartletError(
                .unauthenticated, "the token '\(name)' ended at \(end); make another with `martlet token create`",
                details: [.init("ended", "\(end)")]
            )
        case .unknown:
            throw await refusal(caller, "the token is not known; make one with `martlet token create`")
        }
    }

    private func refusal(_ caller: Caller, _ message: String) async -> MartletError {
        switch throttle.withLock({ $0.signInFailed(from: caller.address, now: .now) }) {
        case .refuse(let delay):
            try? await Task.sleep(for: delay)
            return MartletError(.unauthenticated, message)
        case .tooMany(let delay):
            return MartletError(
                .tooMany,
                "too many wrong tokens came from \(caller.description); wait a little, and check the token",
                details: [.init("retryAfterInSeconds", "\(delay.components.seconds)")]
            )
        }
    }

    /// The token of `Bearer <token>`; nil for any other header.
    package static func bearer(_ authorization: String?) -> String? {
        guard let authorization else { return nil }
        let parts = authorization.split(separator: " ", maxSplits: 1)
        guard parts.count == 2, parts[0].lowercased() == "bearer", !parts[1].contains(" ") else { return nil }
        return String(parts[1])
    }
}

extension Principal {
    /// - Throws: `forbidden`, naming the role that is needed.
    package func require(_ role: Role) throws(MartletError) {
        if self.role >= role { return }
        throw MartletError(
            .forbidden,
            "\(name) has the role \(self.role.rawValue), and this needs \(role.rawValue); use another token",
            details: [.init("role", role.rawValue)]
        )
    }

    /// Holds the machines that a path names to those that a token is held to: the others are not there, as if they didn't exist.
    ///
    /// - Returns: the path with the machine's id for its name, so that what is done is done to the machine that was looked at.
    /// - Throws: `notFound`; `forbidden` where a token for some machines is no use.
    package func require(
        _ route: RouteDefinition, path: [String: String], _ host: MartletHostServices
    ) throws(MartletError) -> [String: String] {
        guard scope != nil else { return path }
        switch route.reach {
        case .filtered, .harmless: return path
        case .host:
            throw MartletError(
                .forbidden, "\(name) is held to some machines, and this concerns the whole host; use another token")
        case .machine:
            let name = path[RouteParameter.vm.name] ?? ""
            let machine = try host.virtualMachines.find(name)
            guard admits(machine) else { throw VirtualMachines.notFound(name) }
            return path.merging([RouteParameter.vm.name: "\(machine.id)"]) { $1 }
        }
    }
}
