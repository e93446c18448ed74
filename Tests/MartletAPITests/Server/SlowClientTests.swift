import MartletAPI
import MartletHost
import MartletModel
import MartletTestSupport
import Testing

extension ServedTests {
    @Suite("Clients that are slow or gone")
    struct SlowClientTests {
        private var short: ConnectionLife.Limits {
            var limits = ConnectionLife.Limits()
            limits.firstHead = .milliseconds(300)
            limits.body = .milliseconds(300)
            limits.idle = .milliseconds(300)
            limits.stalledWrite = .milliseconds(300)
            return limits
        }

        @Test("a head that comes a byte at a time ends the connection, however steadily it comes")
        func slowHead() async throws {
            try await APILab.run(limits: short) { api in
                let connection = try api.local()
                await connection.send("GET /api/v1/vms HTTP/1.1\r\n")
                _ = try await eventually("the connection ends") {
                    await connection.send("X-Slow: y\r\n")
                } until: { couldSend in
                    !couldSend
                }
            }
        }

        @Test("a body that comes a byte at a time is refused with 408, however steadily it comes")
        func slowBody() async throws {
            try await APILab.run(limits: short) { api in
                let connection = try api.local()
                await connection.send(
                    "POST /api/v1/disks HTTP/1.1\r\nHost: a\r\nContent-Type: application/json\r\nContent-Length: 100000\r\n\r\n"
                )
                let dripping = Task {
                    while await connection.send("{") { try await Task.sleep(for: .milliseconds(20)) }
                }
                let answer = try await connection.answer()
                dripping.cancel()
                #expect(answer.status == 408)
                #expect(try answer.problem().code == "timedOut")
            }
        }

        @Test("a connection that says nothing is ended, before its first request and after one")
        func idle() async throws {
            try await APILab.run(limits: short) { api in
                #expect(await (try api.local()).receive().isEmpty)
                let connection = try api.local()
                #expect(try await connection.exchange("GET", "/api/v1/vms").status == 200)
                #expect(await connection.receive().isEmpty)
            }
        }

        @Test("a client that asks and asks and never reads is ended")
        func neverReads() async throws {
            try await APILab.run(limits: short) { api in
                let connection = try api.local()
                let request = Array(
                    String(repeating: "GET /api/v1/openapi.json HTTP/1.1\r\nHost: a\r\n\r\n", count: 100).utf8)
                _ = try await eventually("the connection ends") {
                    await connection.send(request)
                } until: { couldSend in
                    !couldSend
                }
            }
        }

        @Test("a long poll is not ended for its silence")
        func patientPoll() async throws {
            try await APILab.run(limits: short) { api in
                let operation = try await api.ask(
                    "POST", "/disks", body: #"{"name":"d","capacity":1048576}"#
                )
                let id = try await api.subject(of: operation)
                #expect(try await api.ask("GET", "/disks/\(id)").status == 200)
                let machine = try await api.lab.make("a", switches: [])
                // Twice the limit: it answers when the time is up, not when the connection's is.
                let answer = try await api.ask("GET", "/vms/\(machine.id)?untilState=running&waitInSeconds=1")
                #expect(answer.status == 200)
            }
        }

        @Test("half a body and a closed connection change nothing")
        func halfBody() async throws {
            try await APILab.run { api in
                let connection = try api.local()
                let body = #"{"name":"half","role":"viewer"}"#
                await connection.send(
                    "POST /api/v1/tokens HTTP/1.1\r\nHost: a\r\nContent-Type: application/json\r\nContent-Length: \(body.utf8.count + 10)\r\n\r\n\(body)"
                )
                connection.finishSending()
                _ = await connection.receive(until: nil)
                let names = try await api.lab.services.tokens.list().map(\.name)
                #expect(!names.contains("half"))
            }
        }
    }
}
