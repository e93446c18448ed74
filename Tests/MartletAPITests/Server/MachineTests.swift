import MartletAPI
import MartletModel
import MartletTestSupport
import Testing

extension ServedTests {
    @Suite("Machines over the API")
    struct MachineTests {
        @Test("a change needs the revision that was seen; of two who saw the same, one wins and the other is told")
        func revisions() async throws {
            try await APILab.run { api in
                let answer = try await api.ask(
                    "POST", "/vms", body: #"{"name":"my vm","memory":67108864,"switches":[]}"#)
                let operation = try WireJSON.decode(Operation.self, from: answer.body)
                #expect(answer.headers["location"] == "/api/v1/operations/\(operation.id)")
                let id = try await api.subject(of: answer)
                let tag = try #require(try await api.ask("GET", "/vms/my%20vm").headers["etag"])

                let without = try await api.ask("PATCH", "/vms/\(id)", body: #"{"cpus":2}"#)
                #expect(try without.status == 428 && without.problem().detail.contains("If-Match: \(tag)"))
                let first = try await api.ask(
                    "PATCH", "/vms/\(id)", headers: ["If-Match: \(tag)"], body: #"{"cpus":2}"#)
                #expect(first.status == 200 && first.headers["etag"] != tag)
                let second = try await api.ask(
                    "PATCH", "/vms/\(id)", headers: ["If-Match: \(tag)"], body: #"{"cpus":3}"#)
                #expect(try second.status == 412 && second.problem().code == "preconditionFailed")
                let any = try await api.ask("PATCH", "/vms/\(id)", headers: ["If-Match: *"], body: #"{"cpus":4}"#)
                #expect(try any.json()["configuration"]?["cpus"] == 4)

                try await api.subject(of: try await api.ask("DELETE", "/vms/\(id)", headers: ["If-Match: *"]))
                #expect(try await api.ask("GET", "/vms/\(id)").status == 404)
            }
        }

        @Test("what a machine can't do in its state is refused with its state and the remedy")
        func wrongState() async throws {
            try await APILab.run { api in
                try await api.lab.make("a", switches: [])
                for verb in ["stop", "pause", "resume", "reset"] {
                    let answer = try await api.ask("POST", "/vms/a/\(verb)")
                    #expect(try answer.status == 409 && answer.problem().code == "wrongState", "\(verb) \(answer.text)")
                }
                #expect(try await api.ask("GET", "/vms/a/console").status == 409)
                let typed = try await api.ask("POST", "/vms/a/console", body: "x", type: "application/octet-stream")
                #expect(typed.status == 409)
            }
        }

        @Test("lists are filtered and paged")
        func lists() async throws {
            try await APILab.run { api in
                for name in ["Web 1", "web 2", "db"] { try await api.lab.make(name, switches: []) }
                func names(_ query: String) async throws -> [String] {
                    let page = try WireJSON.decode(
                        Page<VirtualMachine>.self, from: try await api.ask("GET", "/vms\(query)").body)
                    return page.items.map(\.name) + (page.next.map { ["next \($0)"] } ?? [])
                }
                #expect(try await names("") == ["Web 1", "db", "web 2"])
                #expect(try await names("?name=WEB") == ["Web 1", "web 2"])
                #expect(try await names("?limit=2") == ["Web 1", "db", "next db"])
                #expect(try await names("?limit=2&after=db") == ["web 2"])
                #expect(try await names("?state=running").isEmpty)
            }
        }

        @Test("a console is read from its history on and typed into, and ends with the machine")
        func console() async throws {
            try await APILab.run { api in
                let machine = try await api.lab.start(try await api.lab.make("a", switches: []))
                let reader = try api.local()
                await reader.send(
                    "GET /api/v1/vms/\(machine.id)/console?historyInBytes=100 HTTP/1.1\r\nHost: a\r\n\r\n")
                #expect(await reader.receive(until: "\r\n\r\n").lowercased().contains("application/octet-stream"))
                let typed = try await api.ask(
                    "POST", "/vms/a/console", body: "hello\n", type: "application/octet-stream")
                // Nobody reads in a machine that never ran: what fits is taken, and more is refused in words.
                #expect([204, 429].contains(typed.status), "\(typed.text)")
                try await api.lab.success(of: api.lab.stopMachine(machine.name))
                #expect(await reader.receive(until: nil).hasSuffix("0\r\n\r\n"))
            }
        }
    }
}
