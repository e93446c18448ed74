import MartletClient
import MartletFakeHost
import MartletModel
import Testing

@testable import MartletCommands

@Suite("The serial console")
struct ConsoleTests {
    /// A console that the test writes to and ends.
    private struct Machine {
        let output: AsyncStream<[UInt8]>
        let guest: AsyncStream<[UInt8]>.Continuation

        init() { (output, guest) = AsyncStream.makeStream() }

        func say(_ text: String) { guest.yield(Array(text.utf8)) }

        func answer(_ typed: @escaping @Sendable ([UInt8]) -> Void = { _ in }) -> FakeHost.Answer {
            { request in
                switch request.operation {
                case .readConsole: return .stream(type: "application/octet-stream", output, closes: false)
                case .writeConsole:
                    typed(request.body)
                    return .noContent
                default: return try await SimpleHost.answer(request)
                }
            }
        }
    }

    private static func typed(_ host: FakeHost) -> [String] {
        host.requests.filter { $0.operation == .writeConsole }.map { String(decoding: $0.body, as: UTF8.self) }
    }

    @Test("a script's input is typed, and the output printed until the machine ends")
    func script() async throws {
        let machine = Machine()
        let answer = machine.answer { bytes in
            machine.guest.yield(Array("ok: ".utf8) + bytes)
            if bytes == Array("poweroff\n".utf8) { machine.guest.finish() }
        }
        machine.say("login: ")
        try await FakeHost.with(answer) { host in
            var run = CommandRun("vm", "console", "hello", "--history", "9", root: host.root)
            run.input = ["root\n", "poweroff\n"]
            let result = await run.run()
            #expect(result.status == .success)
            #expect(result.output == "login: ok: root\nok: poweroff\n")
            #expect(result.error == "")
            #expect(Self.typed(host) == ["root\n", "poweroff\n"])
            #expect(host.requests.first?.query["historyInBytes"] == "9")
        }
    }

    @Test("Ctrl-] leaves; what was typed before goes to the machine, what comes after doesn't")
    func leave() async throws {
        let machine = Machine()
        try await FakeHost.with(machine.answer()) { host in
            var run = CommandRun("vm", "console", "hello", root: host.root)
            run.isTerminal = true
            run.input = ["a\u{3}", "b\u{1D}c", "d"]
            let result = await run.run()
            #expect(result.status == .success)
            #expect(Self.typed(host) == ["a\u{3}", "b"])
            #expect(result.error.contains("Ctrl-] leaves"))
            #expect(result.error.contains("the machine runs on"))
        }
    }

    @Test("elsewhere than on a terminal Ctrl-] is a key like another")
    func notATerminal() async throws {
        let machine = Machine()
        try await FakeHost.with(machine.answer { _ in machine.guest.finish() }) { host in
            var run = CommandRun("vm", "console", "hello", root: host.root)
            run.input = ["\u{1D}"]
            #expect(await run.run().status == .success)
            #expect(Self.typed(host) == ["\u{1D}"])
        }
    }

    @Test("a signal leaves the console of a terminal")
    func signal() async throws {
        let machine = Machine()
        let (signals, continuation) = AsyncStream<Int32>.makeStream()
        try await FakeHost.with(machine.answer { _ in continuation.yield(15) }) { host in
            var run = CommandRun("vm", "console", "hello", root: host.root)
            (run.isTerminal, run.signals) = (true, signals)
            // Keys after which nothing comes, not even the end.
            run.input = nil
            var context = run.context(Capture(), Capture())
            context.streams.input = { AsyncStream { $0.yield([65]) } }
            #expect(await CommandProgram.run(run.arguments, in: context) == .success)
        }
    }

    @Test("long input travels in pieces that the host takes")
    func long() async throws {
        let machine = Machine()
        let text = String(repeating: "x", count: 150_000)
        try await FakeHost.with(machine.answer { if $0.last == 0x2E { machine.guest.finish() } }) { host in
            var run = CommandRun("vm", "console", "hello", root: host.root)
            run.input = [text + "."]
            #expect(await run.run().status == .success)
            #expect(Self.typed(host).joined() == text + ".")
            #expect(Self.typed(host).map(\.utf8.count) == [65536, 65536, 150_001 - 131_072])
        }
    }

    @Test("--until leaves when the text has come, in however many pieces")
    func until() async throws {
        let machine = Machine()
        for piece in ["boot lo", "g", "in", ": rest"] { machine.say(piece) }
        try await FakeHost.with(machine.answer()) { host in
            let result = await CommandRun("vm", "console", "hello", "--until", "login: ", root: host.root).run()
            #expect(result.status == .success)
            #expect(result.output == "boot login: rest")
        }
    }

    @Test("--until fails with 5 when the time is over, and with 3 when the machine ends")
    func untilMissing() async throws {
        let machine = Machine()
        machine.say("logi")
        try await FakeHost.with(machine.answer()) { host in
            let result = await CommandRun(
                "vm", "console", "hello", "--until", "login", "--timeout", "50ms", root: host.root
            ).run()
            #expect(result.status == .timedOut)
        }
        let ended = Machine()
        ended.say("logi")
        ended.guest.finish()
        try await FakeHost.with(ended.answer()) { host in
            let result = await CommandRun("vm", "console", "hello", "--until", "login", root: host.root).run()
            #expect(result.status == .notFound)
            #expect(result.output == "logi")
        }
    }

    @Test("--after-input leaves a while after the end of the input")
    func afterInput() async throws {
        let machine = Machine()
        try await FakeHost.with(machine.answer { _ in machine.say("echo") }) { host in
            var run = CommandRun("vm", "console", "hello", "--after-input", "200ms", root: host.root)
            run.input = ["x"]
            let result = await run.run()
            #expect(result.status == .success)
            #expect(result.output == "echo")
        }
    }

    @Test("a machine without a console is the host's refusal")
    func refused() async throws {
        try await FakeHost.with { _ in
            try .problem(409, "wrongState", "'hello' is off")
        } _: { host in
            let result = await CommandRun("vm", "console", "hello", root: host.root).run()
            #expect(result.status == .refused)
        }
    }

    @Test("text that comes in pieces is found, and no other")
    func watch() {
        for cut in 0...7 {
            var watch = TextWatch(text: Array("ababac".utf8))
            let bytes = Array("xababab".utf8)
            // The text is in none of the first two, and ends with the third.
            let seen = [Array(bytes[..<cut]), Array(bytes[cut...]), [0x61, 0x63]].map { watch.sees($0) }
            #expect(seen == [false, false, true], "cut at \(cut)")
        }
        var single = TextWatch(text: [65])
        let seen = [[66], [66, 65]].map { single.sees($0) }
        #expect(seen == [false, true])
    }
}
