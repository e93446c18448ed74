import FoundationEssentials
import MartletLinux
package import MartletModel
import MartletStore
import Synchronization

/// API tokens: made, listed, deleted, and recognized.
package final class Tokens: Sendable {
    private let store: any StateStore
    private let environment: HostEnvironment
    private let tokens = Mutex<[String: Token]>([:])

    init(store: any StateStore, environment: HostEnvironment) {
        self.store = store
        self.environment = environment
    }

    /// Every token, by name.
    package func list() async throws(MartletError) -> [Token] {
        tokens.withLock { Array($0.values) }.sorted { ($0.name, $0.id) < ($1.name, $1.id) }
    }

    /// Makes a token: `mlt_` and 256 random bits. Only its digest is kept.
    ///
    /// - Throws: `invalidArgument`, `alreadyExists`, `storeFailed`.
    package func create(
        _ request: CreateTokenRequest, by principal: Principal
    ) async throws(MartletError) -> CreatedToken {
        _ = try ResourceName(request.name)
        let secret = "mlt_" + (try SecureRandom.hex(byteCount: 32))
        let token = Token(
            id: environment.makeID(), name: request.name, role: request.role, created: environment.now()
        )
        let digest = Self.digest(of: secret)
        let isFree = tokens.withLock { tokens in
            guard !tokens.values.contains(where: { $0.name == request.name }) else { return false }
            tokens[digest] = token
            return true
        }
        guard isFree else {
            throw MartletError(
                .alreadyExists, "there is a token '\(request.name)' already; choose another name or delete that one")
        }
        do {
            try await store.put(StoredToken(token: token, digest: digest), expecting: .absent)
        } catch {
            tokens.withLock { _ = $0.removeValue(forKey: digest) }
            throw error
        }
        return CreatedToken(token: token, secret: secret)
    }

    /// - Throws: `notFound`, `storeFailed`.
    package func delete(_ nameOrID: String, by principal: Principal) async throws(MartletError) {
        let found = tokens.withLock { tokens in
            tokens.first { $0.value.name == nameOrID || $0.value.id.description == nameOrID }
        }
        guard let found else {
            throw MartletError(.notFound, "there is no token '\(nameOrID)'; list them with `martlet token list`")
        }
        try await store.transaction([.delete(StoredToken.self, id: "\(found.value.id)")], durability: .powerLoss)
        tokens.withLock { _ = $0.removeValue(forKey: found.key) }
    }

    /// Who has this secret; nil for nobody. The look-up is by digest, so its time tells nothing about a secret.
    package func authenticate(_ secret: String) -> Principal? {
        guard secret.utf8.count <= 256 else { return nil }
        let token = tokens.withLock { $0[Self.digest(of: secret)] }
        return token.map { Principal(name: "\($0.name) (token)", role: $0.role) }
    }

    /// Makes the stored tokens known.
    ///
    /// - Returns: what couldn't be read, a sentence each.
    /// - Throws: `storeFailed`.
    func load() async throws(MartletError) -> [String] {
        let list = try await store.list(StoredToken.self)
        tokens.withLock { tokens in
            for stored in list.documents { tokens[stored.document.digest] = stored.document.token }
        }
        return list.undecodable.map { "token \($0.id) can't be read and was set aside: \($0.reason)" }
    }

    private static func digest(of secret: String) -> String { "\(SHA256Digest(of: Array(secret.utf8)))" }
}
