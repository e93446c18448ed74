import HTTPTypes
import MartletAPI
import MartletModel
import MartletTestSupport
import NIOCore
import Testing

extension ServedTests {
    @Suite("Streams and long polls")
    struct StreamTests {
        private func follow(_ api: APILab, after: Int? = nil) async throws -> RawConnection {
            let connection = try api.local()
            let resume = after.map { "Last-Event-ID: \($0)\r\n" } ?? ""
            await connection.send("GET /api/v1/events HTTP/1.1\r\nHost: a\r\n\(resume)\r\n")
            return connection
        }

        @Test("events come as they happen, and after Last-Event-ID those that were missed come first")
        func events() async throws {
            try await APILab.run { api in
                let connection = try await follow(api)
                let head = await connection.receive(until: "keep-alive\n\n")
                #expect(head.contains("200 OK") && head.lowercased().contains("content-type: text/event-stream"))
                try await api.subject(
                    of: try await api.ask("POST", "/disks", body: #"{"name":"d","capacity":1048576}"#))
                let text = await connection.receive(until: "event: disk.changed")
                #expect(text.contains("event: operation.changed\ndata: {"))

                let again = try await follow(api, after: 0)
                #expect(await again.receive(until: "event: disk.changed").contains("id: 1\n"))
            }
        }

        @Test("a switch that is made is told, and so is its end")
        func switches() async throws {
            try await APILab.run { api in
                let connection = try await follow(api)
                _ = await connection.receive(until: "keep-alive\n\n")
                try await api.subject(
                    of: try await api.ask("POST", "/switches", body: #"{"name":"one","kind":"user"}"#))
                let made = await connection.receive(until: "event: switch.changed\ndata: {")
                #expect(!made.contains("switch.deleted"))
                _ = try await api.ask("DELETE", "/switches/one")
                let text = await connection.receive(until: "event: switch.deleted")
                #expect((made + text).contains(#""name":"one""#))
            }
        }

        @Test("a silent stream says that it lives")
        func keepAlive() async throws {
            try await APILab.run(keepAliveInterval: .milliseconds(50)) { api in
                let connection = try await follow(api)
                var text = ""
                while text.components(of: ": keep-alive") < 4 {
                    text += String(decoding: await connection.receive(), as: UTF8.self)
                }
                #expect(!text.contains("event:"))
            }
        }

        @Test("a client that goes ends its stream, also one that is silent")
        func clientGone() async throws {
            let (ends, ended) = AsyncStream<Void>.makeStream()
            let silent = RouteDefinition.get(
                "/silent", "silent", "Says one thing and then nothing.", for: nil,
                answer: .init(status: .ok, content: .byteStream, summary: "")
            ) { _ in
                Reply(
                    body: .stream(
                        { write in
                            defer { ended.finish() }
                            try await write(ByteBuffer(string: "hello"))
                            try await Task.sleep(for: .seconds(3600))
                        },
                        mediaType: "text/plain"
                    )
                )
            }
            try await APILab.run(routes: RouteTable([silent])) { api in
                do {
                    let connection = try api.local()
                    await connection.send("GET /api/v1/silent HTTP/1.1\r\nHost: a\r\n\r\n")
                    #expect(await connection.receive(until: "hello").contains("hello"))
                }
                // Only the connection's end can end it.
                for await _ in ends {}
            }
        }

        @Test("a shutdown ends streams and long polls, properly, and is not held up by them")
        func shutdown() async throws {
            try await APILab.run { api in
                let machine = try await api.lab.make("a", switches: [])
                let stream = try await follow(api)
                _ = await stream.receive(until: "keep-alive\n\n")
                let poll = try api.local()
                await poll.send(
                    "GET /api/v1/vms/\(machine.id)?untilState=running&waitInSeconds=60 HTTP/1.1\r\nHost: a\r\n\r\n")
                let idle = try api.local()
                #expect(try await idle.exchange("GET", "/api/v1/host").status == 200)
                await api.shutDown()
                // The last chunk says that it ended as it should.
                #expect(await stream.receive(until: nil).hasSuffix("0\r\n\r\n"))
                #expect(try await [200, 503].contains(poll.answer().status))
                #expect(await idle.receive().isEmpty)
            }
        }

        @Test("a long poll answers as soon as the machine is in one of the states")
        func untilState() async throws {
            try await APILab.run { api in
                let machine = try await api.lab.make("a", switches: [])
                let answer = try await api.ask("GET", "/vms/a?untilState=paused,off&waitInSeconds=60")
                #expect(answer.status == 200 && answer.headers["etag"] == "\"\(machine.revision)\"")
            }
        }
    }
}

extension String {
    fileprivate func components(of text: String) -> Int { ranges(of: text).count }
}
