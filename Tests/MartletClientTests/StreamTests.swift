import FoundationEssentials
import MartletClient
import MartletFakeHost
import MartletModel
import Testing

@Suite("The event stream and the console", .timeLimit(.minutes(5)))
struct StreamTests {
    @Test("events come through, comments and kinds of the future don't")
    func events() async throws {
        let machine = Sample.machine(state: .running)
        let data = String(decoding: try JSONEncoder().encode(Sample.event(7, machine)), as: UTF8.self)
        let text = ": hello\n\nid: 6\nevent: vm.levitated\ndata: {}\n\nid: 7\nevent: vm.changed\ndata: \(data)\n\n"
        let middle = text.index(text.startIndex, offsetBy: 80)
        try await withClient { _ in
            .pieces("text/event-stream", [String(text[..<middle]), String(text[middle...])])
        } _: { client, _ in
            var seen: [Event] = []
            for try await event in try await client.followEvents() { seen.append(event) }
            #expect(seen == [Sample.event(7, machine)])
        }
    }

    @Test("an event that can't be read is an error, not silence")
    func unreadable() async throws {
        try await withClient { _ in
            .pieces("text/event-stream", ["event: vm.changed\ndata: {\n\n"])
        } _: { client, _ in
            let error = try await failure { for try await _ in try await client.followEvents() {} }
            #expect(error.code == .unknown)
        }
    }

    @Test("a stream that is cut is unavailable")
    func cut() async throws {
        try await withClient { _ in
            .pieces("text/event-stream", [": hello\n\n"], closes: true)
        } _: { client, _ in
            let error = try await failure { for try await _ in try await client.followEvents() {} }
            #expect(error.code == .unavailable)
        }
    }

    @Test("a stream without a sign of life is a timeout, and a silent console is not")
    func silence() async throws {
        var limits = ClientLimits()
        limits.silence = .milliseconds(200)
        let (output, continuation) = AsyncStream<[UInt8]>.makeStream()
        try await withClient(limits: limits) { request in
            request.operation == .followEvents
                ? .stream(type: "text/event-stream", AsyncStream { _ in }, closes: false)
                : .stream(type: "application/octet-stream", output, closes: false)
        } _: { client, _ in
            var console = try await client.readConsole("x", historyInBytes: 0).makeAsyncIterator()
            let error = try await failure { for try await _ in try await client.followEvents() {} }
            #expect(error.code == .timedOut)
            continuation.yield([65])
            continuation.finish()
            let (first, second) = (try await console.next(), try await console.next())
            #expect(first == [65] && second == nil)
        }
    }

    @Test("a console that is cut is unavailable, after what came of it")
    func console() async throws {
        try await withClient { _ in
            .pieces("application/octet-stream", ["boot"], closes: true)
        } _: { client, _ in
            var seen: [UInt8] = []
            let error = try await failure {
                for try await bytes in try await client.readConsole("x", historyInBytes: 0) { seen += bytes }
            }
            #expect(seen == Array("boot".utf8))
            #expect(error.code == .unavailable)
        }
    }

    @Test("what comes in one piece with the answer that makes a web socket is heard")
    func messagesWithTheAnswer() async throws {
        let said: [GuestExecutionOutput] = [.started(processID: 7), .output(Array("hello".utf8)), .ended(.exited(3))]
        try await withClient {
            try .finished($0, said)
        } _: { client, _ in
            let start = GuestProgramStart(session: "s", program: .loginShell)
            let (heard, end) = try await client.executeInGuest("a", start) { program in
                var heard: [GuestExecutionOutput] = []
                let end = try await program.follow { heard.append($0) }
                return (heard, end)
            }
            #expect(heard == said.dropLast())
            #expect(end == .exited(3))
        }
    }
}
