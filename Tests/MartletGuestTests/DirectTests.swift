import Foundation
import GRPCCore
import MartletGuestProtocol
import MartletLinux
import MartletTestSupport
import SwiftProtobuf
import Testing

@testable import MartletGuest

/// As root alone: programs run as other users.
@Suite("Direct in the guest, over its socket", .enabled(if: geteuid() == 0))
struct DirectTests {
    @Test(
        "A program runs as the user who signed in, with its groups, home and environment, outputs apart and exit code told"
    )
    func program() async throws {
        try await DirectLab.with { lab in
            let session = try await lab.signIn()
            #expect(session.userID == DirectLab.userID && session.home == lab.home && session.number == 1)
            let said = try await lab.shell(
                session,
                "id -u; id -g; id -G; pwd; echo $HOME $USER $LOGNAME $SHELL; umask; echo wrong >&2; echo x > /dev/stderr; exit 7"
            )
            #expect(
                said.text == """
                    61234
                    61234
                    61234 61300
                    \(lab.home)
                    \(lab.home) tess tess /bin/bash
                    0022

                    """)
            #expect(String(decoding: said.errors, as: UTF8.self) == "wrong\nx\n")
            #expect(said.ended == .with { $0.exitCode = 7 })
            let killed = try await lab.shell(session, "kill -9 $$")
            #expect(killed.ended == .with { $0.signal = 9 })
        }
    }

    @Test("Bytes go through as they are, megabytes of them, and end where they end")
    func bytes() async throws {
        try await DirectLab.with { lab in
            let session = try await lab.signIn()
            let input = Data((0..<3_000_001).map { UInt8(truncatingIfNeeded: $0 &* 31 ^ $0 >> 8) })
            let said = try await lab.shell(session, "cat", input: input)
            #expect(said.output == input && said.errors.isEmpty && said.ended == .with { $0.exitCode = 0 })
            let head = try await lab.shell(session, "head -c 5", input: input)
            #expect(head.output == input.prefix(5) && head.ended == .with { $0.exitCode = 0 })
        }
    }

    @Test("What a program leaves behind doesn't keep its caller waiting")
    func leftBehind() async throws {
        try await DirectLab.with { lab in
            let said = try await lab.shell(try await lab.signIn(), "sleep 600 & echo $!")
            let left = try #require(Int32(said.text.prefix { $0.isNumber }))
            #expect(said.ended == .with { $0.exitCode = 0 } && kill(left, SIGKILL) == 0)
        }
    }

    @Test("Arguments stay as they are, and what can't be started says why")
    func arguments() async throws {
        try await DirectLab.with { lab in
            let session = try await lab.signIn()
            let said = try await lab.run(session) { start in
                start.arguments.values = ["printf", "%s|", "a b", "", "$HOME"]
                start.environment = ["LC_ALL": "C"]
            }
            #expect(said.text == "a b||$HOME|")
            for (program, folder, code) in [
                ("no-such-program", "", RPCError.Code.notFound), ("/etc/passwd", "", .permissionDenied),
                ("true", "/nonexistent", .notFound), ("true", "relative", .invalidArgument), ("", "", .invalidArgument),
            ] {
                let error = await #expect(throws: RPCError.self) {
                    try await lab.run(session) { start in
                        start.arguments.values = [program]
                        start.workingDirectory = folder
                    }
                }
                #expect(error?.code == code, "\(program) in '\(folder)': \(error?.message ?? "")")
            }
        }
    }

    @Test("A terminal is the user's, has the size that was asked for, hears of a new one, and takes signs")
    func terminal() async throws {
        try await DirectLab.with { lab in
            let session = try await lab.signIn()
            let (isReady, ready) = AsyncStream.makeStream(of: Void.self)
            let answer = try await lab.client.execute { writer in
                let start = DirectLab.start(session) { start in
                    start.commandLine = """
                        tty -s && echo terminal; stty size; stat -c %u:%a "$(tty)"; echo $TERM
                        trap 'stty size; exit 3' WINCH; echo ready; while :; do sleep 0.05; done
                        """
                    start.terminal.type = "xterm-256color"
                    start.terminal.size = .with {
                        $0.columns = 101
                        $0.rows = 33
                    }
                }
                try await writer.write(.with { $0.start = start })
                for await _ in isReady {}
                let size = GuestTerminalSize.with {
                    $0.columns = 200
                    $0.rows = 50
                }
                try await writer.write(.with { $0.resize = size })
            } onResponse: { response in
                var (text, code) = ("", UInt32?.none)
                for try await message in response.messages {
                    text += String(decoding: message.output, as: UTF8.self)
                    if text.contains("ready") { ready.finish() }
                    if case .ended(let ended) = message.message { code = ended.exitCode }
                }
                return (text, code)
            }
            let lines = answer.0.split(whereSeparator: \.isNewline)
            #expect(lines.prefix(5) == ["terminal", "33 101", "61234:620", "xterm-256color", "ready"])
            #expect(lines.last == "50 200" && answer.1 == 3)
        }
    }

    @Test("A caller that leaves hangs its program up, and one that ignores that is killed")
    func leaving() async throws {
        try await DirectLab.with { configuration in
            configuration.patience = .milliseconds(200)
        } _: { lab in
            let session = try await lab.signIn()
            let program = try await lab.client.execute { writer in
                try await writer.write(
                    .with {
                        $0.start = DirectLab.start(session) {
                            $0.commandLine = "trap '' HUP; echo on; sleep 600; sleep 600"
                        }
                    })
                try await Task.sleep(for: .seconds(600))
            } onResponse: { response in
                var program: Int32 = 0
                for try await message in response.messages {
                    if case .started(let started) = message.message { program = Int32(started.processID) }
                    if case .output = message.message { break }
                }
                return program
            }
            #expect(program > 1)
            _ = try await eventually("the program is gone") {
                kill(program, 0)
            } until: {
                $0 == -1
            }
            let sessions = try await eventually("the session has no program") {
                try await lab.client.listSessions(GuestListSessionsRequest()).sessions
            } until: {
                $0.first?.programs == 0
            }
            #expect(sessions.first?.id == "" && sessions.first?.user == "tess" && sessions.first?.peer == "the test")
        }
    }
}
