import HTTPTypes
import MartletHost
import MartletModel

/// `/tokens`: what signs programs in.
package enum TokenRoutes {
    package static var all: [RouteDefinition] {
        [
            .get(
                "/tokens", "listTokens", "List the tokens, without their secrets.", for: .administrator,
                answer: .page(of: "Token")
            ) {
                call in
                try .json(Page(items: try await call.host.tokens.list()))
            },
            .change(
                .post, "/tokens", "createToken", "Create a token; its secret is shown this once.", for: .administrator,
                body: .json("CreateTokenRequest"),
                answer: .init(
                    status: .created, content: .json(.named("CreatedToken")), summary: "The token with its secret."
                ),
                failures: [.alreadyExists, .notFound]
            ) { call in
                let created = try await call.host.tokens.create(try call.decode(), by: call.principal)
                call.audit.made(created.token.name, id: "\(created.token.id)")
                return try .json(created, .created)
            },
            .change(
                .delete, "/tokens/{token}", "deleteToken", "Delete a token: from now on it signs nobody in.",
                for: .administrator,
                parameters: [.token],
                answer: .init(status: .noContent, content: nil, summary: "It is deleted.")
            ) { call in
                try await call.host.tokens.delete(
                    call.parameters.segment(RouteParameter.token.name), by: call.principal)
                return .noContent
            },
        ]
    }
}
