import MartletClient
import MartletModel

/// Lets a verb in at its host: by what the address carries, by a session that is kept for a context, or by a password.
struct Credentials: Sendable {
    let context: CommandContext

    private var store: ContextStore { ContextStore(context) }

    /// Does `work` with a client that is let in, and ends what was begun for it alone.
    ///
    /// - Throws: `unauthenticated`, `forbidden` and so on from the host; `invalidArgument` where there is nobody to type a password;
    ///   whatever `work` throws.
    func use(_ target: HostTarget, _ work: (HostClient) async throws -> Void) async throws {
        if let user = target.user { return try await once(user, at: target.address, work) }
        guard let kept = target.context, let user = kept.user else {
            return try await HostClient.with(target.address, limits: context.limits, work)
        }
        let token = try await session(of: user, in: kept, at: target.address)
        try await HostClient.with(target.address, bearer: token, limits: context.limits, work)
    }

    private func once(
        _ user: String, at address: HostAddress, _ work: (HostClient) async throws -> Void
    ) async throws {
        let session = try await signIn(user, try password(of: user, at: address), at: address)
        try await HostClient.with(address, bearer: session.token, limits: context.limits) { client in
            let result: Result<Void, any Error>
            do { result = .success(try await work(client)) } catch { result = .failure(error) }
            // It would end by itself, only later.
            try? await client.signOut()
            try result.get()
        }
    }

    /// The kept session while the host knows it, else a new one.
    private func session(of user: String, in kept: HostContext, at address: HostAddress) async throws -> String {
        if let session = try store.session(of: kept), session.ends > context.now(),
            try await isAlive(session, at: address)
        {
            return session.token
        }
        return try await begin(user, in: kept, at: address)
    }

    private func isAlive(_ session: KeptSession, at address: HostAddress) async throws -> Bool {
        do {
            _ = try await HostClient.with(address, bearer: session.token, limits: context.limits) {
                try await $0.getIdentity()
            }
            return true
        } catch let error as MartletError where error.code == .unauthenticated {
            return false
        }
    }

    /// Signs in to a context with the saved or a typed password, and keeps the session.
    func begin(_ user: String, in kept: HostContext, at address: HostAddress) async throws -> String {
        let password = try kept.password ?? password(of: user, at: address)
        let session = try await signIn(user, password, at: address)
        try store.keep(
            KeptSession(
                url: kept.url, fingerprint: kept.fingerprint, user: user, token: session.token, ends: session.ends),
            of: kept.name)
        return session.token
    }

    func signIn(_ user: String, _ password: String, at address: HostAddress) async throws -> SignedIn {
        try await HostClient.with(address, limits: context.limits) {
            try await $0.signIn(SignInRequest(user: user, password: password))
        }
    }

    /// - Throws: `invalidArgument` when nobody types one.
    func password(of user: String, at address: HostAddress) throws(MartletError) -> String {
        let prompt = "Password of \(Printable.escape(user)) at \(Printable.escape(address.description)): "
        if let typed = context.streams.readHiddenLine(prompt), !typed.isEmpty { return typed }
        throw MartletError(
            .invalidArgument,
            "no password was typed; where there is no terminal use a token, or a context with a saved one")
    }
}
