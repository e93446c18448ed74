import MartletClient
import MartletFakeHost
import MartletModel
import Synchronization
import Testing

@testable import MartletCommands

@Suite("Following events")
struct EventTests {
    private static func piece(_ sequence: Int64, _ name: String) throws -> String {
        let event = Sample.event(sequence, Sample.machine(name: name, state: .running))
        return "id: \(sequence)\nevent: vm.changed\ndata: " + (try Renderer.json(event, inOneLine: true)) + "\n"
    }

    /// Two streams, each cut after an event, then a refusal, which ends the command.
    private static func host() -> FakeHost.Answer {
        let streams = Mutex(0)
        return { _ in
            let number = streams.withLock { number in
                number += 1
                return number
            }
            switch number {
            case 1: return .pieces("text/event-stream", [try piece(4, "a\u{1B}")], closes: true)
            case 2: return .raw([])
            case 3: return .pieces("text/event-stream", [try piece(5, "b")])
            default: return try .problem(403, "forbidden", "enough")
            }
        }
    }

    @Test("they go on where they were when the connection was lost")
    func table() async throws {
        try await FakeHost.with(Self.host()) { host in
            let result = await CommandRun("event", "follow", root: host.root).run()
            #expect(result.status == .notAllowed)
            #expect(
                result.output == """
                    2031-05-06T07:08:09.123Z  vm.changed  a\\u{1b}  running
                    2031-05-06T07:08:09.123Z  vm.changed  b  running

                    """
            )
            #expect(host.requests.map { $0.headers["last-event-id"] } == [nil, "4", "4", "5"])
        }
    }

    @Test("as JSON each is a line", arguments: [["--json"], ["--output", "json"]])
    func json(options: [String]) async throws {
        try await FakeHost.with(Self.host()) { host in
            var run = CommandRun(root: host.root)
            run.arguments = ["event", "follow"] + options
            let lines = await run.run().output.split(separator: "\n")
            #expect(lines.count == 2)
            #expect(lines.allSatisfy { $0.hasPrefix("{") && $0.hasSuffix("}") })
        }
    }

    @Test("a host that isn't there is told at once")
    func nobody() async {
        #expect(await CommandRun("event", "follow", "--root", "/tmp/mlt-nobody").run().status == .unreachable)
    }
}
