/// Who makes a request, and what they may do.
package struct Principal: Hashable, Sendable {
    /// What somebody is known by.
    package enum Method: String, Sendable, Codable, CaseIterable {
        /// The kernel's word at the unix socket.
        case socket
        /// A session that a password began.
        case password
        case token
    }

    /// For people, operations and the audit log: `root`, `ci (token)`.
    package var name: String
    package var role: Role
    package var method: Method
    /// When what they are known by ends; nil for never.
    package var ends: Moment?
    /// The machines that they are held to; nil for the whole host.
    package var scope: TokenScope?

    package init(
        name: String, role: Role, method: Method = .socket, ends: Moment? = nil, scope: TokenScope? = nil
    ) {
        self.name = name
        self.role = role
        self.method = method
        self.ends = ends
        self.scope = scope
    }

    /// Whether they may know of a machine.
    package func admits(_ machine: VirtualMachine) -> Bool { scope?.admits(machine) ?? true }
}

/// The answer to «who am I».
package struct Identity: Hashable, Sendable, Codable {
    package var name: String
    package var role: Role
    package var method: Principal.Method
    /// Where the request came from: `user 1000` at the socket, an address over HTTPS.
    package var from: String
    /// When the token or the session ends; nil for never.
    package var ends: Moment?
    /// The machines that the token is held to; nil for the whole host.
    package var scope: TokenScope?

    package init(_ principal: Principal, from: String) {
        name = principal.name
        role = principal.role
        method = principal.method
        self.from = from
        ends = principal.ends
        scope = principal.scope
    }
}
