import HTTPTypes
import MartletAPI
import MartletClient
import MartletModel
import MartletTestSupport
import NIOCore
import Synchronization
import Testing

extension ServedTests {
    /// The daemon's web sockets and the client's, on the route of programs in guests with what a test does about them.
    @Suite("Web sockets")
    struct WebSocketTests {
        /// Runs `body` against a host on which whatever is run in a guest is served by `serve`.
        private func run(
            _ serve: @escaping WebSocket.Serve, _ body: (APILab, HostClient) async throws -> Void
        ) async throws {
            let others = RouteTable.all.routes.filter { $0.operationID != "executeInGuest" }
            let route = RouteDefinition.get(
                "/vms/{vm}/guest/execute", "executeInGuest", "Test.", for: .operator, reach: .harmless,
                parameters: [.vm],
                answer: .init(status: .switchingProtocols, content: .webSocket, summary: "Test.")
            ) { _ in .webSocket(serve) }
            try await APILab.run(routes: RouteTable(others + [route])) { api in
                try await HostClient.with(.root(api.lab.scratch.path)) { try await body(api, $0) }
            }
        }

        private let start = GuestProgramStart(session: "s", program: .arguments(["cat"]))

        /// A program that puts out what it reads.
        private static let echo: WebSocket.Serve = { socket in
            for try await message in socket.messages {
                switch try GuestExecutionInput(message: Array(buffer: message)) {
                case .input(let bytes):
                    try await socket.send(ByteBuffer(bytes: try GuestExecutionOutput.output(bytes).message()))
                case .endOfInput:
                    try await socket.send(ByteBuffer(bytes: try GuestExecutionOutput.ended(.exited(7)).message()))
                    return
                default: break
                }
            }
        }

        @Test("bytes go both ways at once and come whole and in order")
        func bothWays() async throws {
            try await run(Self.echo) { _, client in
                let sent = (0..<(3 << 20)).map { UInt8(truncatingIfNeeded: $0 ^ ($0 >> 8) ^ ($0 >> 16)) }
                let received = Mutex<[UInt8]>([])
                let end = try await client.executeInGuest("x", start) { program in
                    async let fed: Void = {
                        try await program.send(.input(sent))
                        try await program.send(.endOfInput)
                    }()
                    let end = try await program.follow { output in
                        if case .output(let bytes) = output { received.withLock { $0 += bytes } }
                    }
                    try await fed
                    return end
                }
                #expect(end == .exited(7))
                #expect(received.withLock { $0 } == sent)
            }
        }

        @Test("what is thrown is told as the close's code and message")
        func failures() async throws {
            try await run { _ in
                throw MartletError(.wrongState, "'x' doesn't run")
            } _: { _, client in
                let error = await #expect(throws: MartletError.self) {
                    try await client.executeInGuest("x", start) { try await $0.follow { _ in } }
                }
                #expect(error?.code == .wrongState)
                #expect(error?.message == "'x' doesn't run")
            }
        }

        @Test("whoever leaves cancels what is done for them")
        func leaving() async throws {
            let isCancelled = Mutex(false)
            try await run { socket in
                try await socket.send(ByteBuffer(bytes: try GuestExecutionOutput.started(processID: 1).message()))
                do { try await Task.sleep(for: .seconds(3_600)) } catch {
                    isCancelled.withLock { $0 = true }
                    throw error
                }
            } _: { _, client in
                struct Enough: Error {}
                await #expect(throws: Enough.self) {
                    try await client.executeInGuest("x", start) { try await $0.follow { _ in throw Enough() } }
                }
                _ = try await eventually("the work is cancelled") {
                    isCancelled.withLock { $0 }
                } until: {
                    $0
                }
            }
        }

        @Test("a client that doesn't read holds up whoever sends, and nothing piles up")
        func backpressure() async throws {
            let sent = Mutex(0)
            let piece = [UInt8](repeating: 1, count: 64 << 10)
            // More than the kernel's buffers, the channel's and the client's together hold.
            let pieces = 1_000
            try await run { socket in
                for _ in 0..<pieces {
                    try await socket.send(ByteBuffer(bytes: try GuestExecutionOutput.output(piece).message()))
                    sent.withLock { $0 += 1 }
                }
                try await socket.send(ByteBuffer(bytes: try GuestExecutionOutput.ended(.exited(0)).message()))
            } _: { _, client in
                var sentAtFirst = 0
                var count = 0
                let end = try await client.executeInGuest("x", start) { program in
                    try await program.follow { _ in
                        if sentAtFirst == 0 {
                            // Until the sender stands still for a hundred looks.
                            var (last, looks) = (0, 0)
                            _ = try await eventually("the sender waits") {
                                let now = sent.withLock { $0 }
                                looks = now == last ? looks + 1 : 0
                                last = now
                                return looks
                            } until: {
                                $0 >= 100
                            }
                            sentAtFirst = last
                        }
                        count += 1
                    }
                }
                #expect(end == .exited(0))
                #expect(count == pieces)
                #expect(sentAtFirst > 0 && sentAtFirst < pieces)
            }
        }

        @Test(
            "what is no request for a web socket is answered 426 or 400, and the connection ends when it asked to upgrade"
        )
        func refused() async throws {
            try await run(Self.echo) { api, _ in
                let plain = try await api.ask("GET", "/vms/x/guest/execute")
                #expect(plain.status == 426)
                #expect(plain.headers["upgrade"] == "websocket")
                #expect(try plain.problem().code == "unsupported")
                let upgrade = ["Connection: Upgrade", "Upgrade: websocket"]
                let old = try await api.ask(
                    "GET", "/vms/x/guest/execute", headers: upgrade + ["Sec-WebSocket-Version: 8"])
                #expect(old.status == 426)
                #expect(old.headers["sec-websocket-version"] == "13")
                let keyless = try api.local()
                let answer = try await keyless.exchange(
                    "GET", "/api/v1/vms/x/guest/execute",
                    headers: upgrade + ["Sec-WebSocket-Version: 13", "Sec-WebSocket-Key: x"])
                #expect(answer.status == 400)
                #expect(answer.headers["connection"] == "close")
                #expect(await keyless.receive().isEmpty)
            }
        }

        @Test("a request to upgrade where there is nothing to upgrade to is answered as any, and ends the connection")
        func elsewhere() async throws {
            try await APILab.run { api in
                let connection = try api.local()
                let answer = try await connection.exchange(
                    "GET", "/api/v1/host", headers: ["Connection: Upgrade", "Upgrade: h2c"])
                #expect(answer.status == 200)
                #expect(await connection.receive().isEmpty)
            }
        }

        @Test("what can be known before is refused before, as a problem")
        func problems() async throws {
            try await APILab.run { api in
                try await HostClient.with(.root(api.lab.scratch.path)) { client in
                    let error = await #expect(throws: MartletError.self) {
                        try await client.executeInGuest("nothing", start) { try await $0.follow { _ in } }
                    }
                    #expect(error?.code == .notFound)
                }
            }
        }

        @Test("the daemon's end ends them, and says so")
        func shutDown() async throws {
            let isServed = Mutex(false)
            try await run { _ in
                isServed.withLock { $0 = true }
                try await Task.sleep(for: .seconds(3_600))
            } _: { api, client in
                let error = await #expect(throws: MartletError.self) {
                    try await client.executeInGuest("x", start) { program in
                        _ = try await eventually("it is served") {
                            isServed.withLock { $0 }
                        } until: {
                            $0
                        }
                        await api.shutDown()
                        return try await program.follow { _ in }
                    }
                }
                #expect(error?.code == .unavailable)
            }
        }
    }
}
