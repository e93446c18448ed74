/// An API token for a reader: everything but the secret, which is shown once, when it is made.
package struct Token: Hashable, Sendable, Codable {
    package var id: ID<Token>
    package var name: String
    package var role: Role
    package var created: Moment
    /// When it ends; nil for never, which is also what tokens have that were made before tokens had an end.
    package var ends: Moment?
    /// The machines that it is held to; nil, and missing in older documents, for the whole host.
    package var scope: TokenScope?
    /// When it last let somebody in, to about a minute; nil for never, or for not since tokens note it.
    package var lastUsed: Moment?

    package init(
        id: ID<Token>, name: String, role: Role, created: Moment, ends: Moment? = nil, scope: TokenScope? = nil,
        lastUsed: Moment? = nil
    ) {
        self.id = id
        self.name = name
        self.role = role
        self.created = created
        self.ends = ends
        self.scope = scope
        self.lastUsed = lastUsed
    }
}

/// What a new token is to be.
package struct CreateTokenRequest: Hashable, Sendable, Codable {
    package var name: String
    package var role: Role
    /// From now; nil for `TokenRules.standardLife`.
    package var expiresInSeconds: Int64?
    /// True for a token without an end.
    package var neverExpires: Bool?
    /// Names or ids of the machines that it is held to.
    package var machines: [String]?
    /// Held to the machines that have all of these.
    package var labels: [String: String]?

    package init(
        name: String, role: Role, expiresInSeconds: Int64? = nil, neverExpires: Bool? = nil, machines: [String]? = nil,
        labels: [String: String]? = nil
    ) {
        self.name = name
        self.role = role
        self.expiresInSeconds = expiresInSeconds
        self.neverExpires = neverExpires
        self.machines = machines
        self.labels = labels
    }
}

/// A token that was just made, with its secret.
package struct CreatedToken: Hashable, Sendable, Codable {
    package var token: Token
    package var secret: String

    package init(token: Token, secret: String) {
        self.token = token
        self.secret = secret
    }
}
