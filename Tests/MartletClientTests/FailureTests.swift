import Glibc
import MartletClient
import MartletFakeHost
import MartletModel
import Testing

@Suite("What the client makes of failures")
struct FailureTests {
    @Test("a problem becomes the error it was, with its details")
    func problem() async throws {
        try await withClient { _ in
            try .problem(409, "wrongState", "'hello' is running; stop it first", details: [.init("state", "running")])
        } _: { client, _ in
            let error = try await failure { try await client.getMachine("hello") }
            #expect(error.code == .wrongState)
            #expect(error.message == "'hello' is running; stop it first")
            #expect(error.details == [.init("state", "running")])
        }
    }

    @Test("a problem that is the host's fault carries the request's id, and a code of the future is unknown")
    func hostsFault() async throws {
        try await withClient { _ in
            try .problem(500, "quantumDecoherence", "oh")
        } _: { client, _ in
            let error = try await failure { try await client.getHost() }
            #expect(error.code == .unknown)
            #expect(error.details == [.init("requestID", "r-1")])
        }
    }

    @Test(
        "a refusal that isn't a problem goes by its status",
        arguments: [
            (400, MartletError.Code.invalidArgument), (401, .unauthenticated), (403, .forbidden), (404, .notFound),
            (405, .methodNotAllowed), (409, .conflict), (412, .preconditionFailed), (413, .tooLarge), (418, .unknown),
            (428, .preconditionRequired), (429, .tooMany), (302, .unknown), (502, .unavailable), (503, .unavailable),
            (504, .timedOut),
        ]
    )
    func bareStatus(status: Int, code: MartletError.Code) async throws {
        try await withClient { _ in
            .whole(status: status, headers: [("Location", "/elsewhere")], body: Array("<html>".utf8))
        } _: { client, host in
            let error = try await failure { try await client.getHost() }
            #expect(error.code == code)
            #expect(host.requests.count == 1)
        }
    }

    @Test("a stream that is refused throws the refusal")
    func refusedStream() async throws {
        try await withClient { _ in
            try .problem(404, "notFound", "there is no 'x'")
        } _: { client, _ in
            let error = try await failure { try await client.readConsole("x", historyInBytes: 0) }
            #expect(error.code == .notFound)
            let streamError = try await failure { try await client.followEvents() }
            #expect(streamError.code == .notFound)
        }
    }

    @Test("no daemon is unavailable, and the remedy names the root")
    func nobody() async throws {
        let error = try await failure { try await HostClient.with(.root("/tmp/mlt-nobody")) { try await $0.getHost() } }
        #expect(error.code == .unavailable)
        #expect(error.message.contains("martletd --root /tmp/mlt-nobody"))
    }

    @Test("a socket that nobody listens on any more is unavailable")
    func stale() async throws {
        try await FakeHost.with { _ in
            .silence
        } _: { host in
            let path = "\(host.root)/run/api.sock"
            unlink(path)
            let socket = try await boundAndClosed(path)
            #expect(socket)
            let error = try await failure { try await HostClient.with(.root(host.root)) { try await $0.getHost() } }
            #expect(error.code == .unavailable)
            #expect(error.message.contains("doesn't answer"))
        }
    }

    private func boundAndClosed(_ path: String) async throws -> Bool {
        let descriptor = socket(AF_UNIX, Int32(SOCK_STREAM.rawValue), 0)
        defer { close(descriptor) }
        var address = sockaddr_un()
        address.sun_family = sa_family_t(AF_UNIX)
        withUnsafeMutableBytes(of: &address.sun_path) { $0.copyBytes(from: path.utf8) }
        return withUnsafePointer(to: &address) { pointer in
            pointer.withMemoryRebound(to: sockaddr.self, capacity: 1) {
                bind(descriptor, $0, socklen_t(MemoryLayout<sockaddr_un>.size)) == 0
            }
        }
    }

    @Test("a root that is too long for a socket is said to be so")
    func longRoot() async throws {
        let root = "/" + String(repeating: "x", count: 100)
        let error = try await failure { try await HostClient.with(.root(root)) { try await $0.getHost() } }
        #expect(error.code == .invalidArgument)
        #expect(error.message.contains("101 bytes"))
    }

    @Test("silence is a timeout, and the connection is let go")
    func silence() async throws {
        try await withClient(limits: limits) { _ in
            .silence
        } _: { client, host in
            let error = try await failure { try await client.getHost() }
            #expect(error.code == .timedOut)
            let streamError = try await failure { try await client.followEvents() }
            #expect(streamError.code == .timedOut)
            while host.closedConnections < 2 { await Task.yield() }
        }
    }

    @Test("an answer that drips for ever is a timeout")
    func drip() async throws {
        let (drops, continuation) = AsyncStream<[UInt8]>.makeStream()
        let dripping = Task {
            while !Task.isCancelled {
                continuation.yield([0x20])
                try await Task.sleep(for: .milliseconds(20))
            }
        }
        defer { dripping.cancel() }
        try await withClient(limits: limits) { _ in
            .stream(type: "application/json", drops, closes: false)
        } _: { client, _ in
            let error = try await failure { try await client.getHost() }
            #expect(error.code == .timedOut)
        }
        continuation.finish()
    }

    @Test("an answer that comes late, and in time, is read")
    func late() async throws {
        try await withClient { _ in
            try await Task.sleep(for: .milliseconds(200))
            return try .json(Sample.host)
        } _: { client, _ in
            let answer = try await client.getHost()
            #expect(answer == Sample.host)
        }
    }

    @Test("a wait that the host was asked for is not a timeout")
    func longPoll() async throws {
        var limits = ClientLimits()
        limits.answer = .milliseconds(100)
        try await withClient(limits: limits) { _ in
            try await Task.sleep(for: .milliseconds(400))
            return try .json(Sample.operation())
        } _: { client, _ in
            let answer = try await client.getOperation("o", waiting: .seconds(20))
            #expect(answer == Sample.operation())
        }
    }

    @Test("a peer that closes instead of answering is unavailable")
    func closedEarly() async throws {
        try await withClient { _ in
            .raw([])
        } _: { client, _ in
            let error = try await failure { try await client.getHost() }
            #expect(error.code == .unavailable)
            #expect(error.message.contains("closed the connection"))
        }
    }

    @Test(
        "an answer that is cut in its middle is unavailable",
        arguments: ["Content-Length: 1000", "Transfer-Encoding: chunked"])
    func cut(framing: String) async throws {
        let start = "HTTP/1.1 200 OK\r\n\(framing)\r\n\r\n" + (framing.hasPrefix("T") ? "5\r\n{\"a\":\r\n" : "{\"a\":")
        try await withClient { _ in
            .raw(Array(start.utf8))
        } _: { client, _ in
            let error = try await failure { try await client.getHost() }
            #expect(error.code == .unavailable)
        }
    }

    @Test("what isn't HTTP is not an answer", arguments: ["garbage\r\n\r\n", "\0\0\0\u{1}", "SSH-2.0-OpenSSH_9.2\r\n"])
    func garbage(bytes: String) async throws {
        try await withClient { _ in
            .raw(Array(bytes.utf8))
        } _: { client, _ in
            let error = try await failure { try await client.getHost() }
            #expect(error.code == .unknown)
        }
    }

    @Test(
        "what isn't the JSON that was expected says where",
        arguments: ["", "[", "{\"id\":1}", "\u{FF}", "{\"items\":[{}]}"])
    func wrongJSON(body: String) async throws {
        try await withClient { _ in
            .whole(status: 200, headers: [("Content-Type", "application/json")], body: Array(body.utf8))
        } _: { client, _ in
            let error = try await failure { try await client.listDisks() }
            #expect(error.code == .unknown)
            #expect(error.details.map(\.name) == ["expected", "reason"])
        }
    }

    @Test("an answer of more than the limit is refused")
    func tooLarge() async throws {
        var limits = ClientLimits()
        limits.answerInBytes = 1000
        try await withClient(limits: limits) { _ in
            .whole(status: 200, headers: [], body: Array(repeating: 0x20, count: 1001))
        } _: { client, _ in
            let error = try await failure { try await client.getHost() }
            #expect(error.code == .tooLarge)
        }
    }

    @Test("whoever is cancelled stops waiting for the host")
    func cancelled() async throws {
        try await withClient { _ in
            .silence
        } _: { client, host in
            let waiting = Task { try await client.getHost() }
            while host.requests.isEmpty { await Task.yield() }
            waiting.cancel()
            await #expect(throws: CancellationError.self) { try await waiting.value }
        }
    }

    private var limits: ClientLimits {
        var limits = ClientLimits()
        limits.answer = .milliseconds(300)
        return limits
    }
}
