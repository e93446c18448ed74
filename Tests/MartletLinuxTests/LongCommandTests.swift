import FoundationEssentials
import Glibc
import MartletModel
import Synchronization
import Testing

@testable import MartletLinux

@Suite("Long commands", .timeLimit(.minutes(5)))
struct LongCommandTests {
    @Test("lines come while the program runs, and ends of lines are of both kinds")
    func lines() async throws {
        let lines = Mutex<[String]>([])
        // The program goes on only once its first line was seen.
        let script = "printf 'one\\rtwo\\n'; while ! test -e \"$1\"; do sleep 0.05; done; printf '\\n\\nthree'"
        try await withScratchFolder { folder in
            let flag = "\(folder)/seen"
            try await LongCommand().run("sh", ["-c", script, "sh", flag]) { line in
                lines.withLock { $0.append(line) }
                if line == "two" { close(open(flag, O_CREAT | O_WRONLY, 0o600)) }
            }
        }
        #expect(lines.withLock { $0 } == ["one", "two", "three"])
    }

    @Test("a failure has the code and the last words")
    func failure() async throws {
        let error = await #expect(throws: MartletError.self) {
            try await LongCommand().run("sh", ["-c", "echo out; echo it broke >&2; exit 3"]) { _ in }
        }
        #expect(error?.code == .commandFailed && error?.message.contains("(3): it broke") == true)
        let outcome = try await LongCommand().outcome("sh", ["-c", "kill -9 $$"]) { _ in }
        #expect(outcome.code == 137)
    }

    @Test("one that is cancelled is ended with all that it started")
    func cancelled() async throws {
        let pids = Mutex<[Int32]>([])
        let started = AsyncStream<Void>.makeStream()
        let work = Task {
            try await LongCommand(patience: .milliseconds(100)).run(
                "sh", ["-c", "trap '' TERM; sleep 300 & echo $!; echo $$; wait; sleep 300"]
            ) { line in
                pids.withLock { $0.append(Int32(line) ?? -1) }
                if pids.withLock({ $0.count }) == 2 { started.continuation.yield() }
            }
        }
        for await _ in started.stream { break }
        work.cancel()
        let error = await #expect(throws: MartletError.self) { try await work.value }
        #expect(error?.code == .cancelled)
        for pid in pids.withLock({ $0 }) {
            try await eventually("the process \(pid) is gone") {
                kill(pid, 0)
            } until: {
                $0 != 0
            }
        }
    }

    @Test("a confined program has its limits and, as root's, neither root's rights nor a way to them")
    func confined() async throws {
        let user = geteuid() == 0 ? try UserAccount(name: "nobody") : nil
        let confinement = Confinement(
            user: user, memory: .gibibytes(1), processorTime: .seconds(7), fileSize: .mebibytes(1), folder: "/")
        let said = Mutex("")
        try await LongCommand(launcher: confinement.launcher).run(
            "sh", ["-c", "ulimit -v; ulimit -t; ulimit -f; id -u; pwd; awk '/CapBnd|NoNewPrivs/' /proc/self/status"]
        ) { line in said.withLock { $0 += line + "\n" } }
        let lines = said.withLock { $0 }.split(separator: "\n").map(String.init)
        #expect(lines.prefix(3) == ["1048576", "7", "2048"])
        #expect(lines[3] == "\(user?.userID ?? geteuid())" && lines[4] == "/")
        #expect(user == nil || Array(lines.suffix(2)) == ["CapBnd:\t0000000000000000", "NoNewPrivs:\t1"])
    }
}
