import HTTPTypes
import MartletHost
import MartletModel

/// `/sign-in`, `/sign-out`, `/whoami` and `/audit`: who somebody is, and who did what.
package enum PeopleRoutes {
    package static var all: [RouteDefinition] {
        [
            .change(
                .post, "/sign-in", "signIn", "Sign in with a user and a password of the host's, for a session.",
                for: nil, reach: .harmless, body: .json("SignInRequest"),
                answer: .init(
                    status: .created, content: .json(.named("SignedIn")), summary: "The session, with its token."),
                failures: [.unauthenticated, .forbidden, .timedOut], handler: signIn
            ),
            .change(
                .post, "/sign-out", "signOut", "End the session that the request is signed in by.", for: .viewer,
                reach: .harmless, answer: .init(status: .noContent, content: nil, summary: "It has ended."),
                failures: [.wrongState]
            ) { call in
                if let secret = call.bearer, call.host.sessions.end(secret) { return .noContent }
                throw MartletError(
                    .wrongState,
                    "\(call.principal.name) has no session to end: only who signed in with a password has one"
                )
            },
            .get(
                "/whoami", "getIdentity", "Say who the request is from, and what they may do.", for: .viewer,
                reach: .harmless, answer: .json("Identity", "Who you are.")
            ) { call in
                try .json(Identity(call.principal, from: call.caller.description))
            },
            .get(
                "/audit", "listAudit", "List who did what, the newest first.", for: .administrator,
                parameters: [
                    .query("since", .time, "Only what was done at this time or later."),
                    .query(
                        "user", .string(.upTo(400, shortest: 1)), "Only what this user, or the token of this name, did."
                    ),
                    .query(
                        "subject", .string(.upTo(400, shortest: 1)),
                        "Only what was done to the thing of this name or id."),
                    .limit,
                    .query("after", .integer(1...Int64.max), "The 'next' of the page before."),
                ],
                answer: .page(of: "AuditEntry"), handler: list
            ),
        ]
    }

    private static func signIn(_ call: Call) async throws -> Reply {
        let request: SignInRequest = try call.decode()
        call.audit.signIn(as: request.user)
        return try .json(try await call.host.passwordSignIn.signIn(request, from: call.caller.address), .created)
    }

    private static func list(_ call: Call) async throws -> Reply {
        let filter = AuditFilter(
            since: call.parameters.text("since").flatMap(Moment.init), user: call.parameters.text("user"),
            subject: call.parameters.text("subject")
        )
        let found = try await call.host.audit.entries(
            filter, limit: call.parameters.limit, before: call.parameters.integer("after"))
        return try .json(
            Page(items: found.entries, next: found.hasMore ? found.entries.last.map { "\($0.sequence)" } : nil))
    }
}
