/// A name and a password of the host's, to begin a session with.
package struct SignInRequest: Hashable, Sendable, Codable {
    package var user: String
    package var password: String

    package init(user: String, password: String) {
        self.user = user
        self.password = password
    }
}

/// A session that was just begun.
package struct SignedIn: Hashable, Sendable, Codable {
    /// What `Authorization: Bearer` carries from now on.
    package var token: String
    /// As the host has it.
    package var user: String
    package var role: Role
    /// When it ends, whatever is done with it.
    package var ends: Moment
    /// It ends when it wasn't used for so long.
    package var idleLimitInSeconds: Int64

    package init(token: String, user: String, role: Role, ends: Moment, idleLimitInSeconds: Int64) {
        self.token = token
        self.user = user
        self.role = role
        self.ends = ends
        self.idleLimitInSeconds = idleLimitInSeconds
    }
}
