import HTTPTypes
import MartletAPI
import MartletHost
import MartletLinux
import MartletModel
import MartletTestSupport
import Testing

extension ServedTests {
    /// Nothing is listed here: a new route is tested by being there.
    @Suite("The audit log, asked of every route")
    struct AuditTests {
        private func entries(_ api: APILab) async throws -> [AuditEntry] {
            try await api.lab.services.audit.entries(.init(), limit: 1_000, before: nil).entries
        }

        @Test(
            "each change that is asked for leaves a line with who, what, from where and with what result; looking leaves none"
        )
        func everyRoute() async throws {
            try await APILab.run { api in
                for route in RouteTable.all.routes where route.success.content?.isStream != true {
                    let before = try await entries(api).first?.sequence ?? 0
                    let path = route.path.replacing(/{[a-z]+}/, with: "nothing")
                    let answer = try await api.ask(
                        route.method.rawValue, path, body: route.body == nil ? nil : "[]",
                        type: route.body?.content.mediaType)
                    let new = try await entries(api).filter { $0.sequence > before }
                    if route.method == .get {
                        #expect(new.isEmpty, "\(route.operationID)")
                        continue
                    }
                    let entry = try #require(new.first, "\(route.operationID)")
                    #expect(new.count == 1 && entry.action == route.operationID)
                    #expect(entry.status == answer.status && entry.requestID == answer.headers["x-request-id"])
                    #expect(entry.from == "user 0" || entry.from?.hasPrefix("user ") == true)
                    if route.role != nil { #expect(entry.role == .administrator && entry.method == .socket) }
                    if path.contains("nothing") { #expect(entry.subject == "nothing") }
                    #expect(entry.outcome == (answer.status < 300 ? "done" : try answer.problem().code))
                }
            }
        }

        @Test("reading a console is written down, and typing into one once a minute")
        func console() async throws {
            try await APILab.run { api in
                let machine = try await api.lab.make("a")
                _ = try await api.ask("GET", "/vms/a/console")
                for _ in 0..<5 {
                    _ = try await api.ask("POST", "/vms/a/console", body: "x", type: "application/octet-stream")
                }
                let new = try await entries(api)
                #expect(new.map(\.action) == ["writeConsole", "readConsole"])
                #expect(new.allSatisfy { $0.subject == "a" && $0.subjectID == "\(machine.id)" })
            }
        }

        @Test("who is refused is written down too, whatever was asked, and a flood of strangers isn't written whole")
        func refused() async throws {
            try await APILab.run { api in
                let viewer = api.authorization(.viewer)
                _ = try await api.remote().exchange("GET", "/api/v1/tokens", headers: viewer)
                let entry = try #require(try await entries(api).first)
                #expect(
                    entry.action == "listTokens" && entry.outcome == "forbidden" && entry.user == "test viewer (token)")
                try await withThrowingTaskGroup(of: Void.self) { group in
                    for _ in 0..<150 {
                        group.addTask {
                            _ = try await api.remote().exchange(
                                "GET", "/api/v1/host", headers: ["Authorization: Bearer mlt_wrong"])
                        }
                    }
                    try await group.waitForAll()
                }
                let strangers = try await entries(api).filter { $0.user == nil && $0.action == "getHost" }
                #expect(strangers.count < 120 && strangers.count >= 60)
            }
        }

        @Test("a change that begins an operation names it, and secrets and bodies are in no line")
        func operations() async throws {
            try await APILab.run { api in
                let machine = try await api.lab.make("a")
                let begun = try await api.ask("POST", "/vms/a/start", body: #"{"paused":true}"#)
                let subject = try await api.subject(of: begun)
                let made = try await api.ask("POST", "/tokens", body: #"{"name":"t","role":"viewer"}"#)
                let created = try WireJSON.decode(CreatedToken.self, from: made.body)
                let lines = try await entries(api)
                let start = try #require(lines.first { $0.action == "startMachine" })
                #expect(start.outcome == "begun" && start.operation != nil && subject == "\(machine.id)")
                #expect(start.subject == "a" && start.subjectID == subject)
                let token = try #require(lines.first { $0.action == "createToken" })
                #expect(token.subject == "t" && token.subjectID == "\(created.token.id)")
                let text = try BoundedFile.readText("\(api.lab.scratch.path)/log/audit.jsonl")
                #expect(!text.contains(created.secret) && !text.contains("paused"))
            }
        }

        @Test("it is listed newest first, by page, by time, by user and by subject, for administrators alone")
        func listed() async throws {
            try await APILab.run { api in
                for name in ["a", "b", "c"] { _ = try await api.ask("DELETE", "/tokens/\(name)") }
                let first = try await api.ask("GET", "/audit?limit=2")
                let page = try WireJSON.decode(Page<AuditEntry>.self, from: first.body)
                #expect(page.items.map(\.subject) == ["c", "b"])
                let next = try await api.ask("GET", "/audit?limit=2&after=\(try #require(page.next))")
                #expect(try WireJSON.decode(Page<AuditEntry>.self, from: next.body).items.map(\.subject) == ["a"])
                for (query, subjects) in [
                    ("subject=b", ["b"]), ("user=nobody", []), ("since=2999-01-01T00:00:00.000Z", []),
                    ("since=2000-01-01T00:00:00.000Z&subject=a", ["a"]),
                ] {
                    let answer = try await api.ask("GET", "/audit?\(query)")
                    #expect(
                        try WireJSON.decode(Page<AuditEntry>.self, from: answer.body).items.map(\.subject) == subjects)
                }
                let viewer = try await api.remote().exchange(
                    "GET", "/api/v1/audit", headers: api.authorization(.operator))
                #expect(viewer.status == 403)
            }
        }

        @Test("a log that can't be written is shown by the host, stops no work, and is caught up with")
        func unwritable() async throws {
            try await APILab.run { api in
                let folder = "\(api.lab.scratch.path)/log"
                try Folder.removeTree(folder)
                #expect(try await api.ask("DELETE", "/tokens/test%20viewer").status == 204)
                let host = try WireJSON.decode(Host.self, from: try await api.ask("GET", "/host").body)
                #expect(host.warnings.contains { $0.contains("the audit log can't be written, and 1 lines wait") })
                try Folder.make(folder, mode: 0o700)
                #expect(try await api.ask("DELETE", "/tokens/test%20operator").status == 204)
                #expect(try await entries(api).map(\.subject) == ["test operator", "test viewer"])
                let after = try WireJSON.decode(Host.self, from: try await api.ask("GET", "/host").body)
                #expect(after.warnings.isEmpty)
            }
        }
    }
}
