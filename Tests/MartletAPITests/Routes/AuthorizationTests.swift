import HTTPTypes
import MartletAPI
import MartletModel
import Testing

extension ServedTests {
    /// Each role and nobody, on each route, gets exactly what the table says. Nothing is listed here: a new route is tested by being there.
    @Suite("Authorization")
    struct AuthorizationTests {
        @Test("each role gets to each route that the table lets it, and to no other")
        func everybodyEverywhere() async throws {
            try await APILab.run { api in
                for route in RouteTable.all.routes {
                    for role in [nil] + Role.allCases {
                        let answer = try await ask(api, route, as: role)
                        let expected = Self.refusal(of: role, at: route)
                        if let expected {
                            #expect(answer.status == expected, "\(route.operationID) as \(role?.rawValue ?? "nobody")")
                            #expect(try answer.problem().code == (expected == 401 ? "unauthenticated" : "forbidden"))
                        } else {
                            #expect(
                                ![401, 403].contains(answer.status),
                                "\(route.operationID) as \(role?.rawValue ?? "nobody")")
                        }
                    }
                }
            }
        }

        /// The status that refuses; nil when the role may.
        private static func refusal(of role: Role?, at route: RouteDefinition) -> Int? {
            guard let needed = route.role else { return nil }
            guard let role else { return 401 }
            return role >= needed ? nil : 403
        }

        /// Asks for things that don't exist and sends nothing that is valid, so that those who are let in change nothing.
        private func ask(_ api: APILab, _ route: RouteDefinition, as role: Role?) async throws -> RawAnswer {
            let path = RouteTable.base + route.path.replacing(/{[a-z]+}/, with: "nothing")
            let body = route.body == nil ? nil : "[]"
            return try await api.remote().exchange(
                route.method.rawValue, path, headers: api.authorization(role), body: body,
                type: route.body?.content.mediaType
            )
        }

        @Test("what isn't a known token is nobody")
        func wrongTokens() async throws {
            try await APILab.run { api in
                for header in ["Bearer x", "Bearer", "Basic eDp5", "bearer", "Bearer a b", "mlt_00", ""] {
                    let answer = try await api.remote().exchange(
                        "GET", "/api/v1/host", headers: ["Authorization: \(header)"])
                    #expect(answer.status == 401, "\(header)")
                    #expect(answer.headers["www-authenticate"] == "Bearer realm=\"martlet\"")
                }
            }
        }

        @Test("a token that is deleted lets nobody in any more")
        func deleted() async throws {
            try await APILab.run { api in
                let connection = try api.remote()
                #expect(
                    try await connection.exchange("GET", "/api/v1/host", headers: api.authorization(.viewer)).status
                        == 200)
                #expect(try await api.ask("DELETE", "/tokens/test%20viewer").status == 204)
                #expect(
                    try await connection.exchange("GET", "/api/v1/host", headers: api.authorization(.viewer)).status
                        == 401)
            }
        }

        @Test("after many wrong tokens an address is told to wait, and a right token from there still lets in")
        func throttled() async throws {
            try await APILab.run { api in
                // All at once: each waits a little, and they wait together.
                let statuses = try await withThrowingTaskGroup(of: Int.self) { group in
                    for _ in 0..<(SignInThrottle.capacity + 60) {
                        group.addTask {
                            try await api.remote().exchange(
                                "GET", "/api/v1/host", headers: ["Authorization: Bearer mlt_wrong"]
                            ).status
                        }
                    }
                    return try await group.reduce(into: [Int: Int]()) { $0[$1, default: 0] += 1 }
                }
                #expect((statuses[401] ?? 0) >= SignInThrottle.capacity)
                #expect((statuses[429] ?? 0) > 0)
                #expect(
                    try await api.remote().exchange("GET", "/api/v1/host", headers: api.authorization(.viewer)).status
                        == 200)
            }
        }

        @Test("the local socket's peer is known without a token, and a token is not asked for")
        func localPeer() async throws {
            try await APILab.run { api in
                let answer = try await api.ask("GET", "/tokens")
                #expect(answer.status == 200)
            }
        }
    }
}
