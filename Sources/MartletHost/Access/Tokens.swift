import FoundationEssentials
import MartletLinux
package import MartletModel
import MartletStore
import Synchronization

/// API tokens: made, listed, deleted, and recognized.
package final class Tokens: Sendable {
    /// Who has a secret.
    package enum Recognition: Sendable {
        case known(Principal)
        /// The token of this name was right until then.
        case ended(name: String, Moment)
        case unknown
    }

    private struct Entry {
        var token: Token
        /// Of the document, so that a use that is kept late doesn't bring a deleted token back.
        var revision: Int64 = 0
        /// When the store last learned of a use.
        var usesKept: ContinuousClock.Instant?
    }

    /// How often the store learns of uses: a write for each would cost more than what most requests ask for.
    private static let keepingInterval: Duration = .seconds(600)
    package static let prefix = "mlt_"

    private let store: any StateStore
    private let environment: HostEnvironment
    private let clock: EndClock
    private let find: @Sendable (String) throws(MartletError) -> VirtualMachine
    private let tokens = Mutex<[String: Entry]>([:])

    /// - Parameter find: the machine of a name or an id.
    init(
        store: any StateStore, environment: HostEnvironment,
        find: @escaping @Sendable (String) throws(MartletError) -> VirtualMachine
    ) {
        self.store = store
        self.environment = environment
        self.find = find
        clock = EndClock(environment: environment)
    }

    /// Every token, by name; those that have ended too, until they are deleted.
    package func list() async throws(MartletError) -> [Token] {
        tokens.withLock { $0.values.map(\.token) }.sorted { ($0.name, $0.id) < ($1.name, $1.id) }
    }

    /// Makes a token: `mlt_` and 256 random bits. Only its digest is kept.
    ///
    /// - Throws: `invalidArgument`, `notFound` for a machine that it is to be held to, `alreadyExists`, `storeFailed`.
    package func create(
        _ request: CreateTokenRequest, by principal: Principal
    ) async throws(MartletError) -> CreatedToken {
        try TokenRules.check(request)
        let secret = Self.prefix + (try SecureRandom.hex(byteCount: 32))
        let now = environment.now()
        let token = Token(
            id: environment.makeID(), name: request.name, role: request.role, created: now,
            ends: TokenRules.end(of: request, now: now), scope: try scope(of: request)
        )
        let digest = Self.digest(of: secret)
        let isFree = tokens.withLock { tokens in
            guard !tokens.values.contains(where: { $0.token.name == request.name }) else { return false }
            tokens[digest] = Entry(token: token)
            return true
        }
        guard isFree else {
            throw MartletError(
                .alreadyExists, "there is a token '\(request.name)' already; choose another name or delete that one")
        }
        do {
            let revision = try await store.put(StoredToken(token: token, digest: digest), expecting: .absent)
            tokens.withLock { $0[digest]?.revision = revision }
        } catch {
            tokens.withLock { _ = $0.removeValue(forKey: digest) }
            throw error
        }
        return CreatedToken(token: token, secret: secret)
    }

    /// The machines are named by what they are called now, and kept by their ids.
    private func scope(of request: CreateTokenRequest) throws(MartletError) -> TokenScope? {
        if request.machines == nil && request.labels == nil { return nil }
        var scope = TokenScope(labels: request.labels ?? [:])
        for name in request.machines ?? [] {
            let id = try find(name).id
            if !scope.machines.contains(id) { scope.machines.append(id) }
        }
        return scope
    }

    /// - Throws: `notFound`, `storeFailed`.
    package func delete(_ nameOrID: String, by principal: Principal) async throws(MartletError) {
        let found = tokens.withLock { tokens in
            tokens.first { $0.value.token.name == nameOrID || $0.value.token.id.description == nameOrID }
        }
        guard let found else {
            throw MartletError(.notFound, "there is no token '\(nameOrID)'; list them with `martlet token list`")
        }
        try await store.transaction([.delete(StoredToken.self, id: "\(found.value.token.id)")], durability: .powerLoss)
        tokens.withLock { _ = $0.removeValue(forKey: found.key) }
    }

    /// Who has this secret. The look-up is by digest, so its time tells nothing about a secret.
    package func recognize(_ secret: String) async -> Recognition {
        guard secret.utf8.count <= 256 else { return .unknown }
        let digest = Self.digest(of: secret)
        let (now, steadyNow) = (environment.now(), environment.steadyNow())
        let (recognition, kept) = tokens.withLock { tokens -> (Recognition, Entry?) in
            guard let entry = tokens[digest] else { return (.unknown, nil) }
            if let end = entry.token.ends, clock.hasPassed(end) { return (.ended(name: entry.token.name, end), nil) }
            let isDue = entry.usesKept.map { steadyNow - $0 >= Self.keepingInterval } ?? true
            tokens[digest]?.token.lastUsed = now
            if isDue { tokens[digest]?.usesKept = steadyNow }
            return (.known(Principal(entry.token)), isDue ? tokens[digest] : nil)
        }
        if let kept { await keepUse(kept, digest) }
        return recognition
    }

    /// What isn't kept is told wrongly by some minutes after a restart, and harms nobody.
    private func keepUse(_ entry: Entry, _ digest: String) async {
        guard
            let write = try? StoreWrite.put(
                StoredToken(token: entry.token, digest: digest), expecting: .revision(entry.revision)),
            let revision = try? await store.transaction([write], durability: .processCrash)
        else { return }
        tokens.withLock { $0[digest]?.revision = revision }
    }

    /// Makes the stored tokens known.
    ///
    /// - Returns: what couldn't be read, a sentence each.
    /// - Throws: `storeFailed`.
    func load() async throws(MartletError) -> [String] {
        let list = try await store.list(StoredToken.self)
        tokens.withLock { tokens in
            for stored in list.documents {
                tokens[stored.document.digest] = Entry(token: stored.document.token, revision: stored.revision)
            }
        }
        return list.undecodable.map { "token \($0.id) can't be read and was set aside: \($0.reason)" }
    }

    private static func digest(of secret: String) -> String { "\(SHA256Digest(of: Array(secret.utf8)))" }
}

extension Principal {
    fileprivate init(_ token: Token) {
        self.init(
            name: "\(token.name) (token)", role: token.role, method: .token, ends: token.ends, scope: token.scope)
    }
}
