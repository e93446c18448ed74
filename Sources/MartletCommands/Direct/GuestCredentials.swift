import MartletClient
import MartletLinux
import MartletModel

/// Signs in to guests: by a key, or by a password that is asked for once for all of them.
actor GuestCredentials {
    /// What a guest has believed, tried first with the others.
    private enum Proof: Hashable {
        /// The context's password.
        case saved(String)
        case key(GuestKey)
        case password
    }

    private let options: DirectOptions
    private let user: String
    /// Kept in the context, for this user; nil where something else was given to sign in by.
    private let saved: String?
    private let context: CommandContext
    private var keys: [GuestKey]?
    private var password: String?
    private var isAsked = false
    private var believed: Proof?

    init(_ options: DirectOptions, _ session: HostSession) {
        self.options = options
        context = session.context
        let keptUser = session.kept?.guestUser
        user = options.user ?? keptUser ?? "root"
        let isGiven = options.identity != nil || options.passwordFile != nil
        saved = isGiven || user != keptUser ? nil : session.kept?.guestPassword
    }

    /// Opens a session with the guest of a machine.
    ///
    /// - Parameter name: for messages.
    /// - Throws: `forbidden` when the guest believes nothing that was shown; `invalidArgument` when nobody types a password;
    ///   what the host answers.
    func signIn(to machine: String, name: String, _ client: HostClient) async throws -> OpenedGuestSession {
        for proof in try await proofs() {
            do {
                let opened = try await open(machine, name, proof, client)
                believed = proof
                return opened
            } catch let error as MartletError where error.isGuestRefusal {
                if case .password = proof { throw error }
            }
        }
        throw MartletError(
            .forbidden, "the guest of '\(name)' believes none of the keys for '\(user)'; use another --identity"
        )
    }

    private func open(
        _ machine: String, _ name: String, _ proof: Proof, _ client: HostClient
    ) async throws -> OpenedGuestSession {
        switch proof {
        case .key(let key):
            let challenge = try await client.challengeGuestUser(machine, GuestKeyChallengeRequest(user: user))
            let signature = try await key.sign(challenge)
            return try await client.openGuestSession(
                machine,
                OpenGuestSessionRequest(user: user, challenge: challenge.challenge, signature: signature))
        case .saved(let password): return try await open(machine, password, client)
        case .password: return try await open(machine, try typed(name), client)
        }
    }

    private func open(_ machine: String, _ password: String, _ client: HostClient) async throws -> OpenedGuestSession {
        try await client.openGuestSession(machine, OpenGuestSessionRequest(user: user, password: password))
    }

    /// In the order in which they are tried.
    private func proofs() async throws -> [Proof] {
        if options.passwordFile != nil { return [.password] }
        let keys = try await usableKeys().map { Proof.key($0) }
        let all = (saved.map { [.saved($0)] } ?? []) + (options.identity == nil ? keys + [.password] : keys)
        guard let believed, all.contains(believed) else { return all }
        return [believed] + all.filter { $0 != believed }
    }

    private func usableKeys() async throws -> [GuestKey] {
        if let keys { return keys }
        let found: [GuestKey]
        if let identity = options.identity {
            found = [try GuestKey.file(context.absolute(identity), context)]
        } else {
            found = await GuestKey.all(context)
        }
        keys = found
        return found
    }

    /// Nothing else runs in here while it is typed, so that it is asked for once.
    private func typed(_ name: String) throws -> String {
        if let password { return password }
        if let file = options.passwordFile {
            let text = try SecretFile.readPrivate(context.absolute(file))
            password = text
            return text
        }
        if isAsked { throw nobodyTypes }
        isAsked = true
        let prompt = "Password of \(Printable.escape(user)) in the guest of \(Printable.escape(name)): "
        guard let typed = context.streams.readHiddenLine(prompt), !typed.isEmpty else { throw nobodyTypes }
        password = typed
        return typed
    }

    private var nobodyTypes: MartletError {
        MartletError(
            .invalidArgument,
            "no key is believed for '\(user)' and no password was typed; where there is no terminal use --password-file"
        )
    }
}

extension MartletError {
    /// Whether a guest doesn't believe who somebody says they are.
    var isGuestRefusal: Bool { code == .forbidden && details.contains { $0.name == GuestUserSession.refusal } }
}
