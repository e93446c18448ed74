import HTTPTypes
import MartletHost
package import MartletModel
import Synchronization

/// Says who makes a request.
package final class Authenticator: Sendable {
    private let local: LocalAccess
    private let secrets: @Sendable (String) -> Principal?
    private let throttle = Mutex(SignInThrottle())

    /// - Parameter secrets: who has a secret; nil for nobody.
    package init(adminGroup: String, secrets: @escaping @Sendable (String) -> Principal?) {
        local = LocalAccess(group: adminGroup)
        self.secrets = secrets
    }

    /// - Parameter authorization: the header of that name.
    /// - Throws: `unauthenticated`; `forbidden` for a local user who may do nothing; `tooMany` after many wrong secrets.
    package func principal(_ caller: Caller, authorization: String?) async throws(MartletError) -> Principal {
        switch caller {
        case .local(let userID):
            if let principal = try await local.principal(userID: userID) { return principal }
            throw MartletError(
                .forbidden,
                "user \(userID) may not use this host; ask root to add you to the administrators' group"
            )
        case .remote(let address):
            guard let secret = authorization.flatMap(Self.bearer) else {
                throw MartletError(.unauthenticated, "no token was sent; send 'Authorization: Bearer <token>'")
            }
            if let principal = secrets(secret) { return principal }
            throw await refusal(address)
        }
    }

    private func refusal(_ address: String) async -> MartletError {
        switch throttle.withLock({ $0.signInFailed(from: address, now: .now) }) {
        case .refuse(let delay):
            try? await Task.sleep(for: delay)
            return MartletError(.unauthenticated, "the token is not known; make one with `martlet token create`")
        case .tooMany(let delay):
            return MartletError(
                .tooMany,
                "too many wrong tokens came from \(address); wait a little, and check the token",
                details: [.init("retryAfterInSeconds", "\(delay.components.seconds)")]
            )
        }
    }

    /// The token of `Bearer <token>`; nil for any other header.
    private static func bearer(_ authorization: String) -> String? {
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
}
