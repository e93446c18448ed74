import HTTPTypes
import MartletAPI
import MartletHost
import MartletModel
import MartletTestSupport
import Testing

extension ServedTests {
    /// Tokens that are held to some machines, on every route. Nothing is listed here: a new route is tested by being there.
    @Suite("A token for some machines")
    struct ScopeTests {
        /// A host with a machine that the tokens are for, and one that they are not.
        private func run(
            _ body: (APILab, _ own: VirtualMachine, _ secrets: [Role: String]) async throws -> Void
        ) async throws {
            try await APILab.run { api in
                let own = try await api.lab.make("own")
                try await api.lab.make("other")
                var secrets: [Role: String] = [:]
                for role in [Role.viewer, .operator] {
                    let request = CreateTokenRequest(name: "for own \(role)", role: role, machines: ["own"])
                    secrets[role] = try await api.lab.services.tokens.create(request, by: HostLab.principal).secret
                }
                try await body(api, own, secrets)
            }
        }

        private func ask(
            _ api: APILab, _ route: RouteDefinition, machine: String, secret: String
        ) async throws -> RawAnswer {
            let path = route.path.replacing("{vm}", with: machine).replacing(/{[a-z]+}/, with: "nothing")
            return try await api.remote().exchange(
                route.method.rawValue, RouteTable.base + path, headers: ["Authorization: Bearer \(secret)"],
                body: route.body == nil ? nil : "[]", type: route.body?.content.mediaType
            )
        }

        @Test("reaches what the route table says, with each role, and the other machines are not there")
        func matrix() async throws {
            try await run { api, own, secrets in
                for route in RouteTable.all.routes {
                    for (role, secret) in secrets {
                        let note = Comment(rawValue: "\(route.operationID) as \(role.rawValue)")
                        let answer = try await ask(api, route, machine: "own", secret: secret)
                        let other = try await ask(api, route, machine: "other", secret: secret)
                        let mayNot = role < route.role ?? .viewer
                        switch route.reach {
                        case .host:
                            #expect(answer.status == 403, note)
                        case .machine where mayNot:
                            #expect(answer.status == 403 && other.status == 403, note)
                        case .machine:
                            // A part of the machine that isn't there may be missed; the machine may not.
                            let isPartMissing =
                                try answer.status == 404 && answer.problem().detail.contains("'nothing'")
                            #expect(![401, 403, 404].contains(answer.status) || isPartMissing, note)
                            #expect(other.status == 404, note)
                            let missing = try await ask(api, route, machine: "missing", secret: secret)
                            // Word for word what is said of one that doesn't exist.
                            #expect(
                                try other.problem().detail
                                    == missing.problem().detail.replacing("missing", with: "other"), note)
                        case .filtered, .harmless:
                            #expect(mayNot == (answer.status == 403), note)
                            #expect(answer.status != 401, note)
                            #expect(!answer.text.contains("\"other\""), note)
                        }
                    }
                }
                #expect(own.state == .off)
            }
        }

        @Test("lists hold its machines and what was done to them, and nothing else")
        func lists() async throws {
            try await run { api, own, secrets in
                let headers = ["Authorization: Bearer \(try #require(secrets[.viewer]))"]
                let machines = try await api.remote().exchange("GET", "/api/v1/vms", headers: headers)
                #expect(
                    try WireJSON.decode(Page<VirtualMachine>.self, from: machines.body).items.map(\.name) == ["own"])
                let answer = try await api.remote().exchange("GET", "/api/v1/operations", headers: headers)
                let operations = try WireJSON.decode(Page<Operation>.self, from: answer.body).items
                #expect(operations.map(\.subject) == ["\(own.id)"])
                let all = try await api.lab.services.operations.list()
                let foreign = try #require(all.first { $0.subject != "\(own.id)" })
                let hidden = try await api.remote().exchange(
                    "GET", "/api/v1/operations/\(foreign.id)", headers: headers)
                #expect(hidden.status == 404)
                let seen = try await api.remote().exchange(
                    "GET", "/api/v1/operations/\(operations[0].id)", headers: headers)
                #expect(seen.status == 200)
            }
        }

        @Test("events are told of its machines alone")
        func events() async throws {
            try await run { api, own, secrets in
                let connection = try api.remote()
                await connection.send(
                    """
                    GET /api/v1/events HTTP/1.1\r
                    Host: test\r
                    Authorization: Bearer \(try #require(secrets[.viewer]))\r
                    Last-Event-ID: 0\r
                    \r

                    """)
                _ = try await api.lab.machines.update(
                    try api.lab.machines.find("other").id, .init(notes: "hidden"),
                    revision: try api.lab.machines.find("other").revision, by: HostLab.principal)
                _ = try await api.lab.machines.update(
                    own.id, .init(notes: "the last one"), revision: try api.lab.machines.find("own").revision,
                    by: HostLab.principal)
                let text = await connection.receive(until: "the last one")
                #expect(text.contains("\"own\"") && !text.contains("\"other\"") && !text.contains("hidden"))
            }
        }

        @Test("it is held to the machine that was meant, also when another gets its name")
        func renamed() async throws {
            try await run { api, own, secrets in
                try await api.lab.success(of: api.lab.deleteMachine("own"))
                try await api.lab.make("own")
                let headers = ["Authorization: Bearer \(try #require(secrets[.viewer]))"]
                let answer = try await api.remote().exchange("GET", "/api/v1/vms/own", headers: headers)
                #expect(answer.status == 404)
            }
        }

        @Test("labels are looked at with each request, and all of them must be there")
        func labels() async throws {
            try await APILab.run { api in
                let machine = try await api.lab.make("a")
                let request = CreateTokenRequest(name: "l", role: .viewer, labels: ["env": "test", "tier": "web"])
                let secret = try await api.lab.services.tokens.create(request, by: HostLab.principal).secret
                let headers = ["Authorization: Bearer \(secret)"]
                for (labels, status) in [
                    (["env": "test"], 404), (["env": "test", "tier": "web", "x": "y"], 200),
                    (["env": "test", "tier": "db"], 404),
                ] {
                    var update = UpdateVirtualMachineRequest()
                    update.settings.labels = labels
                    _ = try await api.lab.machines.update(
                        machine.id, update, revision: try api.lab.machines.find("a").revision, by: HostLab.principal)
                    let answer = try await api.remote().exchange("GET", "/api/v1/vms/a", headers: headers)
                    #expect(answer.status == status, "\(labels)")
                }
            }
        }

        @Test("an administrator's token can't be one, and a machine that isn't there can't be named")
        func refused() async throws {
            try await APILab.run { api in
                for (body, status) in [
                    (#"{"name":"a","role":"administrator","machines":["x"]}"#, 400),
                    (#"{"name":"a","role":"viewer","machines":["x"]}"#, 404),
                    (#"{"name":"a","role":"viewer","machines":[]}"#, 400),
                    (#"{"name":"a","role":"viewer","expiresInSeconds":1}"#, 400),
                    (#"{"name":"a","role":"viewer","expiresInSeconds":60,"neverExpires":true}"#, 400),
                ] {
                    let answer = try await api.ask("POST", "/tokens", body: body)
                    #expect(answer.status == status, "\(body)")
                }
            }
        }
    }
}
