import MartletModel

extension Schemas {
    static let access: [(name: String, schema: JSONSchema)] = [
        (
            "Token",
            .object([
                .required("id", .uuid), .required("name", .string()), .required("role", .choice(Role.self)),
                .required("created", .time), .optional("ends", .time, "Absent for a token without an end."),
                .optional("scope", .named("TokenScope")), .optional("lastUsed", .time),
            ])
        ),
        (
            "TokenScope",
            .object(
                [
                    .required("machines", .array(.uuid)),
                    .required("labels", labels, "Machines that have all of these are meant, too."),
                ],
                "The machines that a token is held to; absent for the whole host."
            )
        ),
        ("CreateTokenRequest", .variants(newTokens)),
        (
            "CreatedToken",
            .object([.required("token", .named("Token")), .required("secret", .string(), "Shown this once.")])
        ),
        (
            "SignInRequest",
            .request([
                .required("user", .string(.credential(longest: 256))),
                .required("password", .string(.credential(longest: 1024))),
            ])
        ),
        (
            "SignedIn",
            .object([
                .required("token", .string(), "Shown this once."), .required("user", .string()),
                .required("role", .choice(Role.self)),
                .required("ends", .time, "When the session ends, whatever is done with it."),
                .required("idleLimitInSeconds", .integer(), "It ends when it wasn't used for so long."),
            ])
        ),
        (
            "Identity",
            .object([
                .required("name", .string()), .required("role", .choice(Role.self)),
                .required("method", .choice(Principal.Method.self)),
                .required("from", .string(), "A user of the host's, or an address."),
                .optional("ends", .time, "When the token or the session ends."),
                .optional("scope", .named("TokenScope")),
            ])
        ),
        ("AuditEntry", audit),
        (
            "CreateTicketRequest",
            .request([.required("purpose", .choice(TicketPurpose.self), "What it is to open.")])
        ),
        (
            "CreatedTicket",
            .object([
                .required("secret", .string(), "What the query's 'ticket' is to say. Shown this once."),
                .required("purpose", .choice(TicketPurpose.self)), .required("machine", .uuid),
                .required("ends", .time, "When it is good no more, used or not."),
            ])
        ),
    ]

    private static let audit = JSONSchema.object(
        [
            .required("sequence", .integer()), .required("time", .time),
            .required("action", .string(), "An operation id of this document, 'startDaemon' or 'endDaemon'."),
            .optional("user", .string()), .optional("role", .choice(Role.self)),
            .optional("method", .choice(Principal.Method.self)), .optional("from", .string()),
            .optional("subject", .string(), "What it was about, as the request named it."),
            .optional("subjectID", .string()), .optional("operation", .string(), "The operation that was begun."),
            .optional("requestID", .string()), .optional("status", .integer()),
            .required("outcome", .string(), "'done', 'begun', or a failure's code."),
            .optional("note", .string()),
            .optional("omitted", .integer(), "How many like it weren't written since the last such line."),
        ],
        "A line of the audit log."
    )

    /// A token of the whole host, or held to machines, which an administrator's can't be; each with an end or without.
    private static let newTokens: [JSONSchema] = [
        newToken([.administrator], []), newToken([.operator, .viewer], scope),
    ].flatMap { properties in [properties + [life], properties + [.required("neverExpires", .boolean)]] }.map {
        .request($0)
    }

    private static func newToken(_ roles: [Role], _ scope: [JSONSchema.Property]) -> [JSONSchema.Property] {
        [.required("name", .string(.newName)), .required("role", .choice(roles.map(\.rawValue)))] + scope
    }

    private static let life = JSONSchema.Property.optional(
        "expiresInSeconds", .integer(TokenRules.lifeInSeconds), "A year by default.")

    private static let scope: [JSONSchema.Property] = [
        .optional(
            "machines", .array(.string(.upTo(400, shortest: 1)), fewest: 1, most: TokenRules.mostMachines),
            "Names or ids of the machines that it is held to."
        ),
        .optional("labels", labels(fewest: 1), "It is held to the machines that have all of these."),
    ]
}

extension StringRule {
    /// A name or a password: not empty, and without the NUL that ends a C string.
    static func credential(longest: Int) -> StringRule {
        StringRule(
            shortest: 1, longest: longest, pattern: #"^[^\u0000]*$"#,
            problem: { $0.contains("\0") ? "holds a NUL; leave it out" : nil })
    }
}
