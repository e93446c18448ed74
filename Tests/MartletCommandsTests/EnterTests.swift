import MartletClient
import MartletFakeHost
import MartletModel
import Synchronization
import Testing

@testable import MartletCommands

@Suite("A terminal in a guest")
struct EnterTests {
    @Test("~. at the beginning of a line leaves, ~~ types one, and elsewhere a tilde is a tilde")
    func escape() {
        func pass(_ pieces: String...) -> (String, Bool) {
            var watch = EscapeWatch()
            var text = ""
            for piece in pieces {
                let (passed, leaves) = watch.pass(Array(piece.utf8))
                text += String(decoding: passed, as: UTF8.self)
                if leaves { return (text, true) }
            }
            return (text, false)
        }
        #expect(pass("~.") == ("", true))
        #expect(pass("ls\r", "~", ".more") == ("ls\r", true))
        #expect(pass("ls ~.\r") == ("ls ~.\r", false))
        #expect(pass("~~.") == ("~.", false))
        #expect(pass("~x~.\r~/\r") == ("~x~.\r~/\r", false))
        #expect(pass("~\r~.") == ("~\r", true))
    }

    @Test("the user's login shell runs on a terminal, and its exit code is ours")
    func shell() async throws {
        let starts = Mutex<[GuestProgramStart]>([])
        try await FakeHost.with { request in
            guard request.operation == .executeInGuest else { return try await SimpleHost.answer(request) }
            return .program { program in
                try await program.listen { input in
                    if case .start(let start) = input { starts.withLock { $0.append(start) } }
                    if case .input(let bytes) = input { try await program.say(.output(bytes)) }
                    return input == .endOfInput
                }
                try await program.say(.ended(.exited(3)))
                try await program.close()
            }
        } _: { host in
            var run = CommandRun("vm", "enter", "web", "--user", "alice", root: host.root)
            run.environment = ["TERM": "screen", "LC_ALL": "C.UTF-8", "SECRET": "x"]
            run.hiddenAnswer = "pw"
            run.input = ["exit 3\r"]
            let result = await run.run()
            #expect(result.status == ExitStatus(rawValue: 3))
            #expect(result.output == "exit 3\r")
            let start = try #require(starts.withLock { $0 }.first)
            #expect(start.program == .loginShell)
            #expect(start.terminal?.type == "screen")
            #expect(start.environment == ["LC_ALL": "C.UTF-8"])
        }
    }

    @Test("whoever leaves is told so, hangs up what runs and closes the session")
    func leaving() async throws {
        try await FakeHost.with { request in
            guard request.operation == .executeInGuest else { return try await SimpleHost.answer(request) }
            return .program { program in try await program.listen { _ in false } }
        } _: { host in
            var run = CommandRun("vm", "enter", "web", root: host.root)
            run.hiddenAnswer = "pw"
            run.input = ["~."]
            let result = await run.run()
            #expect(result.status == .success)
            #expect(result.error.contains("left the guest of web"))
            #expect(host.asked.last == .closeGuestSession)
        }
    }
}
