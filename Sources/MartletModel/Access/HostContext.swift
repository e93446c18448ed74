/// A host that somebody works with, and how to be let in there: what `martlet context` keeps.
package struct HostContext: Hashable, Sendable, Codable {
    package static let schemaVersion = 1
    /// What means the host on this machine, which needs no context.
    package static let local = "local"

    package var schema: Int
    package var name: String
    /// Such as `https://host:7443`.
    package var url: String
    /// The SHA-256 of its certificate (DER) in lower-case hex: the only host that is taken for this one.
    package var fingerprint: String
    /// Who signs in with a password; nil where a token does.
    package var user: String?
    /// Kept on request; nil to ask for it.
    package var password: String?
    package var token: String?
    /// Who signs in to the guests of that host where nobody else is named; nil for root.
    package var guestUser: String?
    /// That user's, kept on request; nil to ask for it.
    package var guestPassword: String?

    package init(
        name: String, url: String, fingerprint: String, user: String? = nil, password: String? = nil,
        token: String? = nil
    ) {
        schema = Self.schemaVersion
        self.name = name
        self.url = url
        self.fingerprint = fingerprint
        self.user = user
        self.password = password
        self.token = token
    }
}

/// A context for a reader: without its secrets.
package struct HostContextSummary: Hashable, Sendable, Codable {
    /// How whoever uses the context signs in.
    package enum Credential: String, Sendable, Codable, CaseIterable {
        /// The account that asks, at this machine's socket.
        case account
        case token
        case savedPassword
        case typedPassword
        /// None: it is asked with `--user` each time.
        case none
    }

    package var name: String
    package var isCurrent: Bool
    package var url: String?
    package var fingerprint: String?
    package var user: String?
    package var credential: Credential
    /// Who signs in to guests by default; nil for root.
    package var guestUser: String?
    /// Whether that user's password is kept.
    package var hasGuestPassword: Bool
    /// When the session ends that a password began; nil without one.
    package var sessionEnds: Moment?

    package init(
        name: String, isCurrent: Bool, url: String? = nil, fingerprint: String? = nil, user: String? = nil,
        credential: Credential, guestUser: String? = nil, hasGuestPassword: Bool = false, sessionEnds: Moment? = nil
    ) {
        self.name = name
        self.isCurrent = isCurrent
        self.url = url
        self.fingerprint = fingerprint
        self.user = user
        self.credential = credential
        self.guestUser = guestUser
        self.hasGuestPassword = hasGuestPassword
        self.sessionEnds = sessionEnds
    }
}

/// A session's token as it is kept for a context.
package struct KeptSession: Hashable, Sendable, Codable {
    package var url: String
    package var fingerprint: String
    package var user: String
    package var token: String
    package var ends: Moment

    package init(url: String, fingerprint: String, user: String, token: String, ends: Moment) {
        self.url = url
        self.fingerprint = fingerprint
        self.user = user
        self.token = token
        self.ends = ends
    }
}
