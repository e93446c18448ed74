import HTTPTypes
import MartletAPI
import MartletClient
import MartletHost
import MartletModel
import MartletTestSupport
import Testing

extension ServedTests {
    @Suite("Limits")
    struct LimitTests {
        @Test("a principal that asks too often is told when to come again, and others are not")
        func principals() async throws {
            try await APILab.run {
                $0.requestsPerSecond = 4
            } _: { api in
                // An address may ask no more often than a principal, so the principal is met at the socket.
                let headers = api.authorization(.viewer)
                var statuses: [Int] = []
                for _ in 0..<60 {
                    let answer = try await api.ask("GET", "/whoami", headers: headers)
                    statuses.append(answer.status)
                    if answer.status == 429 {
                        #expect((Int(answer.headers["retry-after"] ?? "") ?? 0) >= 1)
                        #expect(try answer.problem().code == "tooMany")
                        break
                    }
                }
                #expect(statuses.last == 429 && statuses.count > 20)
                #expect(try await api.ask("GET", "/whoami", headers: api.authorization(.operator)).status == 200)
                #expect(try await api.ask("GET", "/whoami").status == 200, "root at the socket")
            }
        }

        @Test("an address that asks too often is refused before anybody looks who it is")
        func addresses() async throws {
            try await APILab.run {
                $0.requestsPerSecond = 4
            } _: { api in
                var last = 0
                for _ in 0..<60 where last != 429 {
                    last = try await api.remote().exchange("GET", "/api/v1/openapi.json").status
                }
                #expect(last == 429)
            }
        }

        @Test("the client comes again when it is told, so that a busy moment is no failure")
        func client() async throws {
            try await APILab.run {
                $0.requestsPerSecond = 4
            } _: { api in
                let secret = try #require(api.tokens[.viewer])
                try await HostClient.with(.root(api.lab.scratch.path), bearer: secret) { client in
                    for _ in 0..<40 { _ = try await client.getIdentity() }
                }
            }
        }

        @Test("an address has a quarter of a listener's connections at most, and gets one back for each that ends")
        func connections() async throws {
            try await APILab.run(mostConnections: 40) { api in
                var open: [RawConnection] = []
                for _ in 0..<10 {
                    let connection = try api.remote()
                    #expect(try await connection.exchange("GET", "/api/v1/openapi.json").status == 200)
                    open.append(connection)
                }
                let surplus = try api.remote()
                await surplus.send("GET /api/v1/openapi.json HTTP/1.1\r\nHost: a\r\n\r\n")
                #expect(await surplus.receive().isEmpty)
                #expect(try await api.ask("GET", "/host").status == 200, "the socket is another listener")
                open.removeLast()
                _ = try await eventually("there is a place again") {
                    try? await api.remote().exchange("GET", "/api/v1/openapi.json").status
                } until: {
                    $0 == 200
                }
            }
        }

        @Test("without a limit there is none")
        func unlimited() async throws {
            try await APILab.run {
                $0.requestsPerSecond = 0
            } _: { api in
                let connection = try api.remote()
                for _ in 0..<200 {
                    #expect(try await connection.exchange("GET", "/api/v1/openapi.json").status == 200)
                }
            }
        }
    }
}
