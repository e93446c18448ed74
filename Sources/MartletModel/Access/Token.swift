/// An API token for a reader: everything but the secret, which is shown once, when it is made.
package struct Token: Hashable, Sendable, Codable {
    package var id: ID<Token>
    package var name: String
    package var role: Role
    package var created: Moment

    package init(id: ID<Token>, name: String, role: Role, created: Moment) {
        self.id = id
        self.name = name
        self.role = role
        self.created = created
    }
}

package struct CreateTokenRequest: Hashable, Sendable, Codable {
    package var name: String
    package var role: Role

    package init(name: String, role: Role) {
        self.name = name
        self.role = role
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

/// Who makes a request, and what they may do.
package struct Principal: Hashable, Sendable {
    /// For people and the journal: `root`, `alice (token)`.
    package var name: String
    package var role: Role

    package init(name: String, role: Role) {
        self.name = name
        self.role = role
    }
}
