import Logging
import MartletLinux
package import MartletModel
import MartletPAM
import Synchronization

/// Begins sessions: asks PAM about passwords, and slows those who guess.
///
/// A name that isn't known and a password that is wrong get the same answer, at the same time after the question.
package final class PasswordSignIn: Sendable {
    private struct Throttles {
        var addresses = SignInThrottle(.passwordsFromAddress)
        var users = SignInThrottle(.passwordsOfUser)
    }

    /// When a refusal is answered at the earliest: later than PAM takes to find that there is no such user, or to compute a hash.
    private static let earliestRefusal: Duration = .seconds(1)
    /// Of the shells that an account has which nobody is to sign in with.
    private static let closedShells: Set<String> = ["nologin", "false"]

    private let check: PasswordCheck
    private let roles: AccountRoles
    private let sessions: Sessions
    private let logger: Logger
    private let throttles = Mutex(Throttles())
    private let turns = Turns(mostWaiting: 3, mostKeys: 16)
    /// The one user whose password can be checked, where the daemon isn't root's.
    private let onlyUser: String?

    init(check: PasswordCheck, roles: AccountRoles, sessions: Sessions, onlyUser: String?, logger: Logger) {
        self.check = check
        self.roles = roles
        self.sessions = sessions
        self.onlyUser = onlyUser
        self.logger = logger
    }

    /// Begins a session of the user whose password this is.
    ///
    /// - Throws: `unauthenticated` for a wrong name or password, after a while; `forbidden` when the password is right and the user
    ///   may not sign in, with the reason; `tooMany` after many wrong passwords from the address or for the user; `timedOut`,
    ///   `commandFailed`, `ioFailed` when PAM or the name service can't answer.
    package func signIn(_ request: SignInRequest, from address: String) async throws(MartletError) -> SignedIn {
        let asked = ContinuousClock.now
        let delay = try count(request.user, address, asked)
        try await turns.enter(request.user)
        let answer: Result<PasswordCheck.Answer, MartletError>
        do {
            answer = .success(try await check.check(user: request.user, password: request.password, address: address))
        } catch { answer = .failure(error) }
        await turns.leave(request.user)
        let found = try answer.get()
        switch found.verdict {
        case .wrong, .failed:
            if found.verdict == .failed {
                logger.error("a password can't be checked", metadata: ["error": "\(found.reason)"])
            }
            await waitToRefuse(asked, delay)
            throw wrong
        case .accepted, .accountExpired, .passwordExpired, .denied:
            takeBack(request.user, address)
            return try await begin(found)
        }
    }

    /// Counts the try as a failure, until it is known to be none.
    private func count(
        _ user: String, _ address: String, _ now: ContinuousClock.Instant
    ) throws(MartletError) -> Duration {
        let (byAddress, byUser) = throttles.withLock { throttles in
            let byAddress = throttles.addresses.signInFailed(from: address, now: now)
            if case .tooMany = byAddress { return (byAddress, byAddress) }
            let byUser = throttles.users.signInFailed(from: user, now: now)
            if case .tooMany = byUser { throttles.addresses.takeBack(address) }
            return (byAddress, byUser)
        }
        for answer in [byAddress, byUser] {
            guard case .tooMany(let delay) = answer else { continue }
            throw MartletError(
                .tooMany, "too many wrong passwords; wait \(delay.components.seconds) s, and be sure of the next one",
                details: [.init("retryAfterInSeconds", "\(delay.components.seconds)")]
            )
        }
        guard case .refuse(let delay) = byAddress else { return .zero }
        return delay
    }

    private func takeBack(_ user: String, _ address: String) {
        throttles.withLock { throttles in
            throttles.addresses.takeBack(address)
            throttles.users.takeBack(user)
        }
    }

    /// Until a moment that depends on how often it was tried, and on what PAM took by whole seconds alone.
    private func waitToRefuse(_ asked: ContinuousClock.Instant, _ delay: Duration) async {
        var moment = asked + Self.earliestRefusal + delay
        while moment < .now { moment += .seconds(1) }
        // A request that was given up is answered to nobody.
        try? await Task.sleep(until: moment)
    }

    private var wrong: MartletError {
        let limit = onlyUser.map {
            "; martletd doesn't run as root here, and can check the password of '\($0)' alone"
        }
        return MartletError(.unauthenticated, "the user or the password is wrong\(limit ?? "")")
    }

    /// For somebody whose password was right: says why not, where not.
    private func begin(_ found: PasswordCheck.Answer) async throws(MartletError) -> SignedIn {
        if let reason = Self.refusal(found.verdict) {
            throw MartletError(.forbidden, "'\(found.user)' may not sign in: \(reason)")
        }
        let user = found.user
        let account = try await BlockingWork.run { () throws(MartletError) in try UserAccount(name: user) }
        if let shell = account?.shell.split(separator: "/").last, Self.closedShells.contains(String(shell)) {
            throw MartletError(.forbidden, "'\(user)' may not sign in: the account's shell is '\(shell)'")
        }
        guard let principal = try await roles.principal(named: user) else { throw .noRole(user) }
        let (secret, ends) = try sessions.begin(user: user)
        return SignedIn(
            token: secret, user: user, role: principal.role, ends: ends,
            idleLimitInSeconds: sessions.limits.idle.components.seconds
        )
    }

    private static func refusal(_ verdict: PasswordVerdict) -> String? {
        switch verdict {
        case .accountExpired: "the account has expired; its administrator can prolong it with `chage`"
        case .passwordExpired: "the password has expired; change it on the host with `passwd`"
        case .denied: "the host's rules for the service 'martlet' don't let the account in now"
        case .accepted, .wrong, .failed: nil
        }
    }
}

extension MartletError {
    /// A user of the host who has no role.
    package static func noRole(_ user: String) -> MartletError {
        MartletError(
            .forbidden,
            "\(user) may not use this host; ask its administrator to add you to one of the groups that `martlet host show` names"
        )
    }
}
