/// One line of the audit log: who did what, when, from where, and what came of it. It never has a body or a secret.
package struct AuditEntry: Hashable, Sendable, Codable {
    /// Of the host's log, rising by one; a gap is a line that was lost.
    package var sequence: Int64
    package var time: Moment
    /// The route's operation id, or `startDaemon` and `endDaemon`.
    package var action: String
    /// Who; nil for nobody that is known.
    package var user: String?
    package var role: Role?
    package var method: Principal.Method?
    /// `user 1000` at the socket, an address over HTTPS.
    package var from: String?
    /// What it was about, as the request's path had it.
    package var subject: String?
    package var subjectID: String?
    /// The operation that was begun.
    package var operation: String?
    package var requestID: String?
    /// Of the answer.
    package var status: Int?
    /// `done`, `begun` for an operation, or the failure's code.
    package var outcome: String
    /// A sentence where there is more to say, such as why a sign-in was refused.
    package var note: String?
    /// How many like it were not written since the last such line, so that nobody floods the log.
    package var omitted: Int?

    package init(
        action: String, user: String? = nil, role: Role? = nil, method: Principal.Method? = nil, from: String? = nil,
        subject: String? = nil, subjectID: String? = nil, operation: String? = nil, requestID: String? = nil,
        status: Int? = nil, outcome: String, note: String? = nil, omitted: Int? = nil
    ) {
        sequence = 0
        time = Moment(milliseconds: 0)
        self.action = action
        self.user = user
        self.role = role
        self.method = method
        self.from = from
        self.subject = subject
        self.subjectID = subjectID
        self.operation = operation
        self.requestID = requestID
        self.status = status
        self.outcome = outcome
        self.note = note
        self.omitted = omitted
    }

    package static let startDaemon = "startDaemon"
    package static let endDaemon = "endDaemon"
}

/// Which lines of the audit log are wanted.
package struct AuditFilter: Hashable, Sendable {
    package var since: Moment?
    /// The whole name.
    package var user: String?
    /// The name or the id of what it was about.
    package var subject: String?

    package init(since: Moment? = nil, user: String? = nil, subject: String? = nil) {
        self.since = since
        self.user = user
        self.subject = subject
    }

    package func admits(_ entry: AuditEntry) -> Bool {
        if let since, entry.time < since { return false }
        // A token is written with what it is, as `ci (token)`.
        if let user, entry.user != user, entry.user != "\(user) (token)" { return false }
        if let subject, entry.subject != subject, entry.subjectID != subject { return false }
        return true
    }
}
