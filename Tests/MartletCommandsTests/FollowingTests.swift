import FoundationEssentials
import MartletClient
import MartletFakeHost
import MartletModel
import Synchronization
import Testing

@testable import MartletCommands

@Suite("Waiting for work")
struct FollowingTests {
    /// Answers `getOperation` with these, one after the other, the last for ever; all else as the simple host.
    private static func host(_ states: [Operation]) -> FakeHost.Answer {
        let next = Mutex(0)
        return { request in
            guard request.operation == .getOperation else { return try await SimpleHost.answer(request) }
            let index = next.withLock { index in
                defer { index += 1 }
                return index
            }
            return try .json(states[min(index, states.count - 1)])
        }
    }

    private static let working = [
        Sample.operation(progress: 0.25), Sample.operation(progress: 0.25), step(3),
        Sample.operation(state: .undoing, progress: 0.4),
    ]

    private static func step(_ number: Int) -> Operation {
        var operation = Sample.operation(progress: 0.9)
        operation.steps = operation.steps.map { .init(name: $0.name, state: .done) }
        operation.steps[number - 1].state = .started
        return operation
    }

    @Test("elsewhere than on a terminal each step is a line, once")
    func plain() async throws {
        let states =
            Self.working + [Sample.operation(state: .succeeded, progress: 1, messages: ["kept the disk 'data'"])]
        try await FakeHost.with(Self.host(states)) { host in
            let result = await CommandRun("vm", "start", "hello", root: host.root).run()
            #expect(result.status == .success)
            #expect(result.output == "\(Sample.operation().subject) is off\n")
            #expect(
                result.error == """
                    start hello: start QEMU (2 of 3)
                    start hello: run (3 of 3)
                    start hello: undoing what was done
                    martlet: kept the disk 'data'

                    """
            )
            #expect(
                host.requests.filter { $0.operation == .getOperation }.allSatisfy { $0.query["waitInSeconds"] != nil })
        }
    }

    @Test("on a terminal a bar is written over and taken away")
    func terminal() async throws {
        let states = Self.working + [Sample.operation(state: .succeeded, progress: 1)]
        try await FakeHost.with(Self.host(states)) { host in
            var run = CommandRun("vm", "start", "hello", root: host.root)
            run.isTerminal = true
            let result = await run.run()
            let lines = result.error.components(separatedBy: "\r\u{1B}[K")
            #expect(lines.contains("[#####               ]  25 %  start hello: start QEMU (2 of 3)"))
            #expect(lines.contains("[##################  ]  90 %  start hello: run (3 of 3)"))
            #expect(lines.last == "")
            #expect(!result.error.contains("\n"))
        }
    }

    @Test("a bar never wraps, and bears any progress")
    func narrow() {
        let long = Sample.operation(title: String(repeating: "大", count: 100), progress: .nan)
        for columns in [1, 20, 70] {
            #expect(DisplayWidth.of(ProgressLine.bar([long], ended: 0, total: 1, columns: columns)) < max(columns, 1))
        }
        let several = ProgressLine.bar([Sample.operation(progress: 7)], ended: 1, total: 4, columns: 80)
        #expect(several == "[##########          ]  50 %  1 of 4  start hello: start QEMU (2 of 3)")
    }

    @Test("work that failed ends in its own error, with the operation's id")
    func failed() async throws {
        let failure = Failure(code: "timedOut", message: "'hello' didn't obey in 60 s; use --turn-off")
        try await FakeHost.with(Self.host([Sample.operation(state: .failed, error: failure)])) { host in
            let result = await CommandRun("vm", "stop", "hello", root: host.root).run()
            #expect(result.status == .timedOut)
            #expect(result.output == "")
            #expect(
                result.error
                    == "martlet: 'hello' didn't obey in 60 s; use --turn-off\n  operation: \(Sample.operation().id)\n"
            )
        }
    }

    @Test("work that was cancelled is a failure")
    func cancelled() async throws {
        try await FakeHost.with(Self.host([Sample.operation(state: .cancelled)])) { host in
            let result = await CommandRun("operation", "wait", "x", root: host.root).run()
            #expect(result.status == .failed)
            #expect(result.error.contains("was cancelled"))
        }
    }

    @Test("a daemon that is started anew meanwhile isn't noticed")
    func restart() async throws {
        let tries = Mutex(0)
        try await FakeHost.with { request in
            guard request.operation == .getOperation else { return try await SimpleHost.answer(request) }
            let number = tries.withLock { tries in
                tries += 1
                return tries
            }
            if number < 4 { return .raw([]) }
            return try .json(Sample.operation(state: .succeeded))
        } _: { host in
            let result = await CommandRun("vm", "start", "hello", root: host.root).run()
            #expect(result.status == .success)
            #expect(result.error == "")
        }
    }

    @Test("a host that stays away ends the wait with code 6")
    func away() async throws {
        try await FakeHost.with { request in
            request.operation == .getOperation ? .raw([]) : try await SimpleHost.answer(request)
        } _: { host in
            let error = Capture()
            var context = CommandRun(root: host.root).context(Capture(), error)
            context.pace.patience = .milliseconds(50)
            #expect(await CommandProgram.run(["vm", "start", "hello"], in: context) == .unreachable)
            #expect(error.text.contains("closed the connection"))
        }
    }

    @Test("Ctrl-C says that the work goes on, and how to cancel it")
    func interrupted() async throws {
        let (signals, continuation) = AsyncStream<Int32>.makeStream()
        try await FakeHost.with { request in
            guard request.operation == .getOperation else { return try await SimpleHost.answer(request) }
            continuation.yield(2)
            return .silence
        } _: { host in
            var run = CommandRun("vm", "start", "hello", root: host.root)
            run.signals = signals
            let result = await run.run()
            #expect(result.status == .interrupted)
            #expect(result.error.contains("'work on hello' goes on"))
            #expect(result.error.contains("martlet operation wait \(Sample.operation().id)\n"))
            #expect(result.error.contains("martlet operation cancel \(Sample.operation().id)\n"))
        }
    }

    @Test("Ctrl-C before the host has answered says where to look")
    func interruptedEarly() async throws {
        let (signals, continuation) = AsyncStream<Int32>.makeStream()
        try await FakeHost.with { _ in
            continuation.yield(2)
            return .silence
        } _: { host in
            var run = CommandRun("vm", "start", "hello", root: host.root)
            run.signals = signals
            let result = await run.run()
            #expect(result.status == .interrupted)
            #expect(result.error.contains("martlet operation list"))
        }
    }

    @Test("vm wait ends in a state that was asked for, and in 'failed' with code 1")
    func wait() async throws {
        let failure = Failure(code: "timedOut", message: "QEMU was killed", details: [.init("log", "out of memory")])
        for (state, arguments, status) in [
            (VirtualMachineState.off, ["off"], ExitStatus.success), (.paused, ["running,paused"], .success),
            (.failed, ["off"], .failed),
            (.failed, ["off,failed"], .success),
        ] {
            try await FakeHost.with { _ in
                try .json(Sample.machine(state: state, cause: state == .failed ? failure : nil))
            } _: { host in
                var run = CommandRun(root: host.root)
                run.arguments = ["vm", "wait", "hello", "--state"] + arguments
                let result = await run.run()
                #expect(result.status == status)
                #expect(result.output == (status == .success ? "hello is \(state)\n" : ""))
                #expect(host.requests.first?.query["untilState"]?.hasSuffix(",failed") == true)
                if status == .failed {
                    #expect(result.error.contains("QEMU was killed") && result.error.contains("out of memory"))
                }
            }
        }
    }

    @Test("vm wait ends with code 5 when the time is over")
    func waitTimeout() async throws {
        try await FakeHost.with { _ in
            try .json(Sample.machine(state: .running))
        } _: { host in
            let result = await CommandRun("vm", "wait", "hello", "--timeout", "50ms", root: host.root).run()
            #expect(result.status == .timedOut)
            #expect(result.error == "martlet: 'hello' is running and not off; wait longer with --timeout\n")
        }
    }
}
