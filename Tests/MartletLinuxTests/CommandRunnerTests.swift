import MartletLinux
import MartletModel
import Testing

@Suite("Short programs")
struct CommandRunnerTests {
    @Test("what a program prints comes back, and what it is given reaches it")
    func output() async throws {
        let runner = CommandRunner()
        #expect(try await runner.runText("echo", ["a b", "c"]) == "a b c\n")
        #expect(try await runner.runText("cat", input: "ünïcode") == "ünïcode")
        #expect(try await runner.run("true") == [])
    }

    @Test("input and output larger than a pipe pass through")
    func large() async throws {
        let bytes = (0..<900_000).map { UInt8(truncatingIfNeeded: $0 &* 31) }
        #expect(try await CommandRunner().run("cat", input: bytes) == bytes)
    }

    @Test("a program that doesn't read its input is judged by its code alone")
    func unreadInput() async throws {
        let bytes = [UInt8](repeating: 0, count: 900_000)
        #expect(try await CommandRunner().run("true", input: bytes) == [])
        #expect(await failure { try await CommandRunner().run("false", input: bytes) }?.code == .commandFailed)
    }

    @Test("a failure names the program, its code and the last lines of its errors")
    func failed() async throws {
        let script = "for n in 1 2 3 4 5 6 7; do echo line $n >&2; done; exit 4"
        let error = await failure { try await CommandRunner().run("sh", ["-c", script]) }
        #expect(error?.code == .commandFailed)
        let message = try #require(error?.message)
        #expect(message.hasPrefix("'sh' failed"))
        #expect(message.contains("4"))
        #expect(message.hasSuffix("line 3\nline 4\nline 5\nline 6\nline 7"))
        #expect(error?.details.first == .init("program", "sh"))
    }

    @Test("a program that isn't installed is named")
    func missing() async throws {
        let error = await failure { try await CommandRunner().run("martlet-no-such-program") }
        #expect(error?.code == .notFound)
        #expect(error?.message.contains("'martlet-no-such-program'") == true)
    }

    @Test("a program that takes too long is ended")
    func timeLimit() async throws {
        try await withScratchFolder { folder in
            let runner = CommandRunner(timeLimit: .milliseconds(300))
            let script = "echo $$ > \(folder)/pid; exec sleep 600"
            let error = await failure { try await runner.run("sh", ["-c", script]) }
            #expect(error?.code == .timedOut)
            if let text = try? BoundedFile.readText("\(folder)/pid"), let number = Int32(text.dropLast()) {
                #expect((try? ProcessIdentity(processID: number)) == nil)
            }
        }
    }

    @Test("a program whose child keeps its output open doesn't hold us past the time limit")
    func lingeringChild() async throws {
        let runner = CommandRunner(timeLimit: .milliseconds(300))
        let error = await failure { try await runner.run("sh", ["-c", "sleep 5 & wait"]) }
        #expect(error?.code == .timedOut)
    }

    @Test("a cancelled task ends its program")
    func cancelled() async throws {
        try await withScratchFolder { folder in
            let task = Task {
                await failure {
                    try await CommandRunner().run("sh", ["-c", "echo $$ > \(folder)/pid; exec sleep 600"])
                }
            }
            let look = { (try? BoundedFile.readText("\(folder)/pid")).flatMap { Int32($0.dropLast()) } }
            try await eventually("the program's number", look, until: { $0 != nil })
            let process = try ProcessIdentity(processID: try #require(look()))
            task.cancel()
            #expect(await task.value?.code == .cancelled)
            #expect(!process.isAlive)
        }
    }

    @Test("a program that prints too much is refused")
    func outputLimit() async throws {
        let runner = CommandRunner(outputLimit: 1000)
        #expect(await failure { try await runner.run("head", ["-c", "1001", "/dev/zero"]) }?.code == .tooLarge)
        #expect(try await runner.run("head", ["-c", "1000", "/dev/zero"]).count == 1000)
    }

    @Test("a program gets nothing of our environment")
    func environment() async throws {
        let lines = try await CommandRunner().runText("env").split(separator: "\n").sorted()
        #expect(lines == ["LC_ALL=C", "PATH=/usr/sbin:/usr/bin:/sbin:/bin"])
    }

    @Test("programs of the sbin folders are found")
    func search() {
        #expect(ProgramSearch.path(of: "ip")?.hasSuffix("/ip") == true)
        #expect(ProgramSearch.path(of: "/bin/sh") == "/bin/sh")
        #expect(ProgramSearch.path(of: "martlet-no-such-program") == nil)
    }

    @Test("a launcher starts the program")
    func launcher() async throws {
        let runner = CommandRunner(launcher: ["env", "WORD=x"])
        #expect(try await runner.runText("sh", ["-c", "echo $WORD"]) == "x\n")
    }

    @Test("fifty programs at once each get their own output")
    func concurrent() async throws {
        let outputs = try await withThrowingTaskGroup(of: (Int, String).self) { group in
            for number in 0..<50 {
                group.addTask { (number, try await CommandRunner().runText("echo", ["\(number)"])) }
            }
            return try await group.reduce(into: [Int: String]()) { $0[$1.0] = $1.1 }
        }
        for number in 0..<50 { #expect(outputs[number] == "\(number)\n") }
    }
}
