import MartletAPI
import MartletClient
import MartletHost
import MartletModel
import MartletTestSupport
import Synchronization
import Testing

extension ServedTests {
    /// Screens and consoles by web sockets, with QEMUs whose guests never run: they have a screen and a serial port all the same.
    @Suite("Screens and consoles")
    struct ScreenTests {
        private static let upgrade = [
            "Connection: Upgrade", "Upgrade: websocket", "Sec-WebSocket-Version: 13",
            "Sec-WebSocket-Key: dGhlIHNhbXBsZSBub25jZQ==",
        ]

        private func run(
            environment: HostEnvironment = HostEnvironment(),
            _ body: (APILab, HostClient, VirtualMachine) async throws -> Void
        ) async throws {
            try await APILab.run(environment: environment) { api in
                let machine = try await api.lab.start(try await api.lab.make("a", switches: []))
                try await HostClient.with(.root(api.lab.scratch.path)) { try await body(api, $0, machine) }
            }
        }

        /// Opens a web socket over HTTPS' listener, where nobody is known by the kernel.
        private func open(_ api: APILab, _ path: String, _ headers: [String] = []) async throws -> RawAnswer {
            try await api.remote().exchange("GET", RouteTable.base + path, headers: Self.upgrade + headers)
        }

        @Test("a screen is seen by several at once, each as large as it is, until the machine ends")
        func screen() async throws {
            try await run { api, client, machine in
                let error = await #expect(throws: MartletError.self) {
                    try await client.attachScreen("a") { first in
                        try await RemoteFramebuffer.look(first) { seen, name in
                            #expect(seen.width >= 640 && seen.height >= 400 && name.contains("a"), "\(seen) \(name)")
                            try await client.attachScreen("a") { second in
                                let size = try await RemoteFramebuffer.open(second).size
                                #expect(size == seen)
                            }
                            try await api.lab.success(of: api.lab.stopMachine("a"))
                            return true
                        }
                    }
                }
                #expect(error?.code == .wrongState)
                let off = await #expect(throws: MartletError.self) { try await client.attachScreen("a") { _ in } }
                #expect(off?.code == .wrongState && off?.message.contains("start it first") == true)
                let lines = try await client.listAudit(AuditFilter(), limit: 100).filter { $0.action == "attachScreen" }
                #expect(lines.count == 3 && lines.allSatisfy { $0.subject == "a" })
            }
        }

        @Test("a ticket opens what it is for once; used, ended, or another machine's, it is refused")
        func tickets() async throws {
            let clock = TestClock()
            try await run(environment: clock.environment) { api, client, machine in
                try await api.lab.start(try await api.lab.make("b", switches: []))
                func make(_ purpose: TicketPurpose) async throws -> String {
                    let answer = try await api.remote().exchange(
                        "POST", "/api/v1/vms/a/tickets", headers: api.authorization(.operator),
                        body: "{\"purpose\":\"\(purpose.rawValue)\"}")
                    #expect(answer.status == 201)
                    return try WireJSON.decode(CreatedTicket.self, from: answer.body).secret
                }
                let used = try await make(.screen)
                #expect(try await open(api, "/vms/a/screen?ticket=\(used)").status == 101)
                let again = try await open(api, "/vms/a/screen?ticket=\(used)")
                #expect(try again.status == 401 && again.problem().code == "unauthenticated")
                let foreign = try await make(.screen)
                #expect(try await open(api, "/vms/b/screen?ticket=\(foreign)").status == 401)
                #expect(try await open(api, "/vms/a/screen?ticket=\(foreign)").status == 401)
                let screen = try await make(.screen)
                #expect(try await open(api, "/vms/a/console/socket?ticket=\(screen)").status == 401)
                let (console, late) = (try await make(.console), try await make(.console))
                #expect(try await open(api, "/vms/\(machine.id)/console/socket?ticket=\(console)").status == 101)
                clock.pass(seconds: 30)
                #expect(try await open(api, "/vms/a/console/socket?ticket=\(late)").status == 401)
                // Nowhere else does one count.
                let elsewhere = try await make(.screen)
                #expect(try await open(api, "/vms/a?ticket=\(elsewhere)").status == 401)
                let audit = try await client.listAudit(AuditFilter(), limit: 100)
                #expect(
                    audit.contains { $0.action == "attachScreen" && $0.note == "by a ticket" && $0.outcome == "done" })
                #expect(!"\(audit)".contains(used))
            }
        }

        @Test("a viewer gets neither a ticket nor a screen, and no other host's page a web socket")
        func refused() async throws {
            try await run { api, _, _ in
                let ticket = try await api.remote().exchange(
                    "POST", "/api/v1/vms/a/tickets", headers: api.authorization(.viewer),
                    body: #"{"purpose":"screen"}"#)
                #expect(ticket.status == 403)
                #expect(try await open(api, "/vms/a/screen", api.authorization(.viewer)).status == 403)
                let signedIn = api.authorization(.operator)
                for origin in [
                    "https://evil.example", "null", "https://test.evil.example", "ftp://test", "https://test:1",
                ] {
                    let answer = try await open(api, "/vms/a/screen", signedIn + ["Origin: \(origin)"])
                    #expect(try answer.status == 403 && answer.problem().code == "forbidden", "\(origin)")
                }
                let own = try await open(
                    api, "/vms/a/screen", signedIn + ["Origin: https://TEST", "Sec-WebSocket-Protocol: chat, binary"])
                #expect(own.status == 101 && own.headers["sec-websocket-protocol"] == "binary")
            }
        }

        @Test("a console's bytes go both ways by a web socket, and it says that the machine has ended")
        func console() async throws {
            try await run { api, client, machine in
                try await client.attachConsole("a", historyInBytes: 0) { socket in
                    // The guest never runs and reads nothing: what is typed waits, and holds up nothing else.
                    #expect(try await socket.send([UInt8](repeating: 0x61, count: 200 << 10)))
                    try await client.attachConsole("\(machine.id)", historyInBytes: 0) { _ in }
                    try await api.lab.success(of: api.lab.stopMachine("a"))
                    let error = await #expect(throws: MartletError.self) {
                        for try await _ in socket.messages {}
                    }
                    #expect(
                        error.map { [.wrongState, .unavailable].contains($0.code) } == true,
                        "\(String(describing: error))")
                }
            }
        }

        @Test("a screen is had at a unix socket of one's own by a program that knows no web sockets")
        func forward() async throws {
            try await run { api, client, _ in
                let path = "\(api.lab.scratch.path)/forward.sock"
                let (announced, announce) = AsyncStream<LocalForward.Place>.makeStream()
                try await withThrowingTaskGroup(of: Void.self) { group in
                    group.addTask {
                        try await LocalForward.run(at: .file(path)) {
                            announce.yield($0)
                        } open: {
                            try await client.attachScreen("a", $0)
                        } failed: {
                            Issue.record($0)
                        }
                    }
                    for await place in announced {
                        #expect(place == .file(path))
                        break
                    }
                    let viewer = try RawConnection(.unix(path))
                    #expect(await viewer.receive(until: "\n") == "RFB 003.008\n")
                    group.cancelAll()
                }
            }
        }
    }
}
