import Foundation
import MartletClient
import MartletFakeHost
import MartletModel
import Synchronization
import Testing

@testable import MartletCommands

/// `vm exec` against a host on which guests believe one password, and run whatever is asked.
@Suite("Programs in guests")
struct ExecTests {
    private static let password = "tr0ub4dor"

    /// Guests that believe the password alone, and run a program that puts out what it reads.
    private static func answer(
        exitCode: @escaping @Sendable (String) -> Int = { _ in 0 },
        started: @escaping @Sendable (GuestProgramStart) -> Void = { _ in }
    ) -> FakeHost.Answer {
        { request in
            let machine = request.subject ?? "?"
            switch request.operation {
            case .openGuestSession:
                let body: OpenGuestSessionRequest = try request.decode()
                guard body.password == password else {
                    return try .problem(
                        403, "forbidden", "wrong", details: [.init(GuestUserSession.refusal, body.user)])
                }
                return try .json(OpenedGuestSession(id: "s-\(machine)", session: Sample.guestSession()), status: 201)
            case .executeInGuest where machine == "broken":
                return try .problem(409, "wrongState", "'broken' doesn't run")
            case .executeInGuest:
                return .program { program in
                    var input: [UInt8] = []
                    try await program.listen { said in
                        if case .start(let start) = said { started(start) }
                        if case .input(let bytes) = said { input += bytes }
                        return said == .endOfInput
                    }
                    try await program.say(.started(processID: 1))
                    try await program.say(.output(Array("to \(machine)\npart".utf8)))
                    try await program.say(.errors(input))
                    try await program.say(.output(Array("ial\n".utf8)))
                    try await program.say(.ended(.exited(exitCode(machine))))
                    try await program.close()
                }
            default: return try await SimpleHost.answer(request)
            }
        }
    }

    private func run(_ host: FakeHost, _ arguments: String..., input: [String]? = []) async -> CommandRun.Result {
        var run = CommandRun(root: host.root)
        run.arguments = ["vm", "exec"] + arguments
        run.hiddenAnswer = Self.password
        run.input = input
        return await run.run()
    }

    @Test("for one machine the streams and the exit code are the program's, and its session is closed")
    func one() async throws {
        let starts = Mutex<[GuestProgramStart]>([])
        try await FakeHost.with(
            Self.answer(exitCode: { _ in 42 }) { start in starts.withLock { $0.append(start) } }
        ) { host in
            let result = await run(host, "web", "--env", "A=b=c", "--", "cat", "-n", "--", "x", input: ["in ", "put"])
            #expect(result.output == "to web\npartial\n")
            #expect(result.error == "Password of root in the guest of web: in put")
            #expect(result.status == ExitStatus(rawValue: 42))
            #expect(host.asked == [.openGuestSession, .executeInGuest, .closeGuestSession])
            let wanted = GuestProgramStart(
                session: "s-web", program: .arguments(["cat", "-n", "--", "x"]), environment: ["A": "b=c"])
            #expect(starts.withLock { $0 } == [wanted])
        }
    }

    @Test("several are tagged line by line and summed up, and the password is asked for once")
    func several() async throws {
        try await FakeHost.with(Self.answer { $0 == "db" ? 3 : 0 }) { host in
            let result = await run(host, "web", "db", "broken", "--parallel", "2", "--", "true")
            #expect(result.status == .failed)
            #expect(
                Set(result.output.split(separator: "\n"))
                    == ["web: to web", "web: partial", "db: to db", "db: partial"])
            #expect(result.error.components(separatedBy: "Password").count == 2)
            #expect(result.error.contains("martlet: broken: 'broken' doesn't run\n"))
            #expect(
                result.error.hasSuffix(
                    "martlet: it ended well in 1 of 3 guests; not in db (exit code 3), broken (not run to its end)\n"))
        }
    }

    @Test("with --json there is an object for each machine, and bytes that are no text come in base64")
    func json() async throws {
        struct Report: Decodable, Equatable {
            var machine: String
            var exitCode: Int?
            var stdout: String?
            var stderrBase64: String?
        }
        try await FakeHost.with(Self.answer()) { host in
            var command = CommandRun(root: host.root)
            command.arguments = ["vm", "exec", "a", "b", "--stdin", "--json", "--shell", "cat"]
            command.hiddenAnswer = Self.password
            let error = Capture()
            let output = Capture()
            var context = command.context(output, error)
            context.streams.input = {
                AsyncStream {
                    $0.yield([0xFF, 0x00])
                    $0.finish()
                }
            }
            #expect(await CommandProgram.run(command.arguments, in: context) == .success)
            let reports = try JSONDecoder().decode([Report].self, from: Data(output.text.utf8))
            #expect(
                reports
                    == ["a", "b"].map {
                        Report(machine: $0, exitCode: 0, stdout: "to \($0)\npartial\n", stderrBase64: "/wA=")
                    })
        }
    }

    @Test("what fails before the program runs is 255, and tells why")
    func ownFailures() async throws {
        try await FakeHost.with(Self.answer()) { host in
            let stopped = await run(host, "broken", "--", "true")
            #expect(stopped.status == .ownFailure)
            #expect(stopped.error.contains("martlet: 'broken' doesn't run\n"))
            var wrong = CommandRun("vm", "exec", "web", "--", "true", root: host.root)
            wrong.hiddenAnswer = "wrong"
            #expect(await wrong.run().status == .ownFailure)
            let nobody = await CommandRun("vm", "exec", "web", "--", "true", root: host.root).run()
            #expect(nobody.status == .ownFailure)
            #expect(nobody.error.contains("use --password-file"))
        }
    }

    @Test("a connection that ends in the middle of a program is told, and is no success")
    func cut() async throws {
        try await FakeHost.with { request in
            guard request.operation == .executeInGuest else { return try await SimpleHost.answer(request) }
            return .program { program in
                try await program.listen { _ in true }
                try await program.say(.started(processID: 1))
                try await program.say(.output([0x61]))
                try await program.close(MartletError(.unavailable, "the guest has gone"))
            }
        } _: { host in
            let result = await run(host, "web", "--", "true")
            #expect(result.status == .ownFailure)
            #expect(result.output == "a")
            #expect(result.error.contains("the guest has gone"))
        }
    }

    @Test("a program that takes too long is left with --timeout")
    func timeout() async throws {
        try await FakeHost.with { request in
            guard request.operation == .executeInGuest else { return try await SimpleHost.answer(request) }
            return .program { program in try await program.listen { _ in false } }
        } _: { host in
            let result = await run(host, "web", "--timeout", "200ms", "--", "sleep", "1d", input: nil)
            #expect(result.status == .ownFailure)
            #expect(result.error.contains("didn't end in time"))
            #expect(host.asked.last == .closeGuestSession)
        }
    }

    @Test("a password's file that others can read is refused, and a good one is asked for nothing")
    func passwordFile() async throws {
        let folder = FileManager.default.temporaryDirectory.path + "/mlt-exec-\(UUID().uuidString)"
        try FileManager.default.createDirectory(atPath: folder, withIntermediateDirectories: true)
        defer { try? FileManager.default.removeItem(atPath: folder) }
        let file = folder + "/password"
        try Data("\(Self.password)\n".utf8).write(to: URL(fileURLWithPath: file))
        try await FakeHost.with(Self.answer()) { host in
            try FileManager.default.setAttributes([.posixPermissions: 0o644], ofItemAtPath: file)
            let open = await run(host, "web", "--password-file", file, "--", "true")
            #expect(open.error.contains("open to others"))
            try FileManager.default.setAttributes([.posixPermissions: 0o600], ofItemAtPath: file)
            let good = await run(host, "web", "--password-file", file, "--", "true")
            #expect(good.status == .success)
            #expect(good.error == "")
        }
    }

    @Test("a key is used before a password, and signs what the guest gave")
    func key() async throws {
        let signatures = Mutex<[String]>([])
        try await SampleKey.with { key in
            try await FakeHost.with { request in
                if request.operation == .openGuestSession {
                    let body: OpenGuestSessionRequest = try request.decode()
                    signatures.withLock { $0.append(body.signature ?? "") }
                }
                return try await SimpleHost.answer(request)
            } _: { host in
                let result = await run(host, "web", "--identity", key, "--", "true")
                #expect(result.status == .success, "\(result.error)")
                #expect(signatures.withLock { $0 }.first?.hasPrefix("-----BEGIN SSH SIGNATURE-----") == true)
            }
        }
    }
}
