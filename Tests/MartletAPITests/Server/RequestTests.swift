import MartletAPI
import MartletModel
import MartletTestSupport
import Testing

extension ServedTests {
    @Suite("Requests that are refused")
    struct RequestTests {
        struct Bad: Sendable, CustomStringConvertible {
            var method: String
            var path: String
            var headers: [String] = []
            var body: String?
            var type: String? = "application/json"
            var status: Int
            /// What the answer's sentence holds.
            var says: String

            var description: String { "\(method) \(path.prefix(60)) \(body?.prefix(40) ?? "")" }
        }

        static let bad: [Bad] = [
            Bad(method: "GET", path: "/nothing", status: 404, says: "/api/v1/nothing"),
            Bad(method: "GET", path: "/vms/", status: 404, says: "nothing at"),
            Bad(method: "GET", path: "/vms/nobody", status: 404, says: "'nobody'"),
            Bad(method: "GET", path: "/vms/..%2F..%2Fetc", status: 404, says: "no machine"),
            Bad(method: "GET", path: "/vms/%zz", status: 400, says: "percent"),
            Bad(method: "GET", path: "/vms/%ff", status: 400, says: "percent"),
            Bad(method: "GET", path: "/vms?limit=0", status: 400, says: "'limit' is 0; give at least 1"),
            Bad(method: "GET", path: "/vms?limit=10001", status: 400, says: "give at most 10000"),
            Bad(method: "GET", path: "/vms?limit=ten", status: 400, says: "'limit' is a string"),
            Bad(method: "GET", path: "/vms?limit=1&limit=2", status: 400, says: "'limit' is given twice"),
            Bad(method: "GET", path: "/vms?color=red", status: 400, says: "'color' is not known here"),
            Bad(method: "GET", path: "/vms?state=asleep", status: 400, says: "use off, starting"),
            Bad(method: "GET", path: "/vms/a?untilState=", status: 400, says: "'untilState[0]' is ''"),
            Bad(method: "GET", path: "/vms/a?waitInSeconds=61", status: 400, says: "at most 60"),
            Bad(method: "GET", path: "/operations/nothing", status: 404, says: "no operation"),
            Bad(
                method: "GET", path: "/operations?after=00000000-0000-4000-8000-000000000000", status: 404,
                says: "first page"),
            Bad(method: "GET", path: "/events", headers: ["Last-Event-ID: x"], status: 400, says: "'Last-Event-ID'"),
            Bad(method: "PUT", path: "/vms", body: "{}", status: 405, says: "use GET, HEAD, POST"),
            Bad(method: "TRACE", path: "/vms", status: 405, says: "TRACE"),
            Bad(method: "OPTIONS", path: "/host", status: 405, says: "use GET, HEAD"),
            Bad(method: "POST", path: "/disks", body: nil, status: 415, says: "without a media type"),
            Bad(method: "POST", path: "/disks", body: "", status: 400, says: "missing"),
            Bad(method: "POST", path: "/disks", body: "{}", type: "text/plain", status: 415, says: "text/plain"),
            Bad(method: "POST", path: "/disks", body: "{}", type: nil, status: 415, says: "without a media type"),
            Bad(method: "POST", path: "/disks", body: "{", status: 400, says: "not JSON"),
            Bad(method: "POST", path: "/disks", body: "[]", status: 400, says: "the body is an array"),
            Bad(
                method: "POST", path: "/disks", body: "{\"name\":1,\"capacity\":1048576}", status: 400,
                says: "'name' is a number"),
            Bad(method: "POST", path: "/disks", body: "{\"nmae\":\"a\"}", status: 400, says: "'nmae' is not known"),
            Bad(
                method: "POST", path: "/tokens", body: "{\"name\":\"../x\",\"role\":\"viewer\"}", status: 400,
                says: "path"),
            Bad(
                method: "POST", path: "/tokens",
                body: "{\"name\":\"\(String(repeating: "x", count: 1_000))\",\"role\":\"viewer\"}", status: 400,
                says: "1000 characters"
            ),
            Bad(
                method: "POST", path: "/vms", body: "{\"name\":\"a\",\"generation\":\"9\"}", status: 400,
                says: "generation"),
            Bad(method: "POST", path: "/vms/a/start", headers: ["If-Match: W/\"1\""], status: 400, says: "If-Match"),
            Bad(
                method: "POST", path: "/disks",
                body: "{\"x\":\"\(String(repeating: "y", count: RouteDefinition.Body.greatestJSON))\"}", status: 413,
                says: "larger than 1048576"
            ),
        ]

        @Test("each is a problem with its status and a sentence")
        func refused() async throws {
            try await APILab.run { api in
                for bad in Self.bad {
                    let answer = try await api.ask(
                        bad.method, bad.path, headers: bad.headers, body: bad.body, type: bad.type)
                    let problem = try answer.problem()
                    #expect(answer.status == bad.status && problem.detail.contains(bad.says), "\(bad): \(problem)")
                    #expect(answer.headers["x-request-id"] == problem.requestID)
                    if bad.status == 405 { #expect(answer.headers["allow"]?.isEmpty == false) }
                }
            }
        }

        static let notHTTP = [
            ("nonsense\r\n\r\n", "400"), ("GET / HTTP/9.9\r\n\r\n", "400"), ("GET /a b HTTP/1.1\r\n\r\n", "400"),
            ("POST /api/v1/vms HTTP/1.1\r\nContent-Length: x\r\n\r\n", "400"),
            ("G@T / HTTP/1.1\r\nHost: a\r\n\r\n", "400"),
            ("GET / HTTP/1.1\r\nHost: a\r\nX: \(String(repeating: "y", count: 100_000))\r\n\r\n", "431"),
            ("POST /api/v1/disks HTTP/1.1\r\nHost: a\r\nTransfer-Encoding: chunked\r\n\r\nzz\r\n", "400"),
        ]

        @Test("what isn't HTTP is answered with a problem too, and the connection ends")
        func malformed() async throws {
            try await APILab.run { api in
                for (text, status) in Self.notHTTP {
                    let connection = try api.local()
                    await connection.send(text)
                    let answer = await connection.receive(until: nil)
                    #expect(answer.hasPrefix("HTTP/1.1 \(status) "), "\(text.prefix(60)): \(answer.prefix(300))")
                    #expect(
                        answer.contains("application/problem+json") && answer.contains("\"requestID\""),
                        "\(text.prefix(60))")
                }
            }
        }

        @Test("HEAD says what GET would, without the body, and the connection goes on")
        func head() async throws {
            try await APILab.run { api in
                let connection = try api.local()
                let get = try await connection.exchange("GET", "/api/v1/vms")
                let head = try await connection.exchange("HEAD", "/api/v1/vms")
                #expect(head.status == 200 && head.body.isEmpty)
                #expect(head.headers["content-length"] == get.headers["content-length"])
                #expect(head.headers["content-type"] == get.headers["content-type"])
                #expect(try await connection.exchange("GET", "/api/v1/vms").text == get.text)
            }
        }

        @Test("a client that asks whether to send its body is told to, unless it is too large")
        func expectContinue() async throws {
            try await APILab.run { api in
                let connection = try api.local()
                let head =
                    "POST /api/v1/tokens HTTP/1.1\r\nHost: a\r\nContent-Type: application/json\r\nExpect: 100-continue\r\n"
                let body = #"{"name":"asked","role":"viewer"}"#
                await connection.send(head + "Content-Length: \(body.utf8.count)\r\n\r\n")
                #expect(try await connection.answer().status == 100)
                await connection.send(body)
                #expect(try await connection.answer().status == 201)

                let other = try api.local()
                await other.send(head + "Content-Length: 99999999\r\n\r\n")
                #expect(try await other.answer().status == 413)
            }
        }

        @Test("pipelined requests are answered in order")
        func pipelined() async throws {
            try await APILab.run { api in
                let connection = try api.local()
                await connection.send(
                    ["/api/v1/vms", "/api/v1/nothing", "/api/v1/host"].map { "GET \($0) HTTP/1.1\r\nHost: a\r\n\r\n" }
                        .joined()
                )
                var reader = RawAnswer.Reader()
                var statuses: [Int] = []
                while statuses.count < 3 {
                    if let answer = try reader.answer() {
                        statuses.append(answer.status)
                    } else {
                        reader.append(await connection.receive())
                    }
                }
                #expect(statuses == [200, 404, 200])
            }
        }

        @Test("200 clients at once are all answered")
        func manyClients() async throws {
            try await APILab.run { api in
                let connections = try (0..<200).map { _ in try api.local() }
                // All have asked before the first answer is read.
                for connection in connections { await connection.send("GET /api/v1/vms HTTP/1.1\r\nHost: a\r\n\r\n") }
                for connection in connections { #expect(try await connection.answer().status == 200) }
            }
        }
    }
}
