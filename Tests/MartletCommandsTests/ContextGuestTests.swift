import FoundationEssentials
import Glibc
import MartletClient
import MartletFakeHost
import MartletLinux
import MartletModel
import Synchronization
import Testing

@testable import MartletCommands

/// The user of guests that a context keeps, and when it is used.
@Suite("A guest's user in a context")
struct ContextGuestTests {
    /// A host whose guests believe this password alone; what they were asked is noted.
    private static func answer(_ asked: @escaping @Sendable (OpenGuestSessionRequest) -> Void) -> FakeHost.Answer {
        { request in
            if request.operation == .openGuestSession {
                let body: OpenGuestSessionRequest = try request.decode()
                asked(body)
                guard body.password == "right" else {
                    return try .problem(
                        403, "forbidden", "wrong", details: [.init(GuestUserSession.refusal, body.user)])
                }
            }
            return try await SimpleHost.answer(request)
        }
    }

    @Test("the saved user and password sign in to guests, unless something else is given, and are shown to nobody")
    func saved() async throws {
        let asked = Mutex<[OpenGuestSessionRequest]>([])
        try await ContextLab.with(Self.answer { body in asked.withLock { $0.append(body) } }) { lab in
            try lab.keep("lab", token: "mlt_kept")
            let password = "\(lab.home)/password"
            try AtomicFile.write(Array("right\n".utf8), to: password, mode: 0o600)
            let set = ["context", "set", "lab", "--guest-user", "alice", "--guest-password-file", password]
            #expect(await lab.run(set).status == .success)
            let exec = ["--context", "lab", "vm", "exec", "web", "-n"]
            #expect(await lab.run(exec + ["--", "true"]).status == .success)
            #expect(asked.withLock { $0 } == [.init(user: "alice", password: "right")])

            // Another user, or another password: the saved one isn't tried.
            let other = await lab.run(exec + ["--user", "bob", "--", "true"], hiddenAnswer: "typed")
            #expect(other.error.contains("Password of bob"))
            let wrong = "\(lab.home)/wrong"
            try AtomicFile.write(Array("wrong".utf8), to: wrong, mode: 0o600)
            _ = await lab.run(exec + ["--password-file", wrong, "--", "true"])
            #expect(
                asked.withLock { $0 }.dropFirst() == [
                    .init(user: "bob", password: "typed"), .init(user: "alice", password: "wrong"),
                ])

            let shown = await lab.run(["context", "show", "lab"])
            #expect(shown.output.contains("alice, with a saved password") && !shown.output.contains("right"))
            chmod(password, 0o644)
            #expect(await lab.run(set).error.contains("open to others"))
            #expect(await lab.run(["context", "set", "lab", "--no-guest"]).status == .success)
            let kept = try lab.store.read("lab")
            #expect(kept.guestUser == nil && kept.guestPassword == nil && kept.token == "mlt_kept")
        }
    }

    @Test("a saved password that a guest refuses is asked for, and a user alone is saved with its password typed")
    func refused() async throws {
        let asked = Mutex<[OpenGuestSessionRequest]>([])
        try await ContextLab.with(Self.answer { body in asked.withLock { $0.append(body) } }) { lab in
            try lab.keep("lab", token: "mlt_kept")
            var kept = try lab.store.read("lab")
            (kept.guestUser, kept.guestPassword) = ("alice", "old")
            try lab.store.write(kept)
            let exec = ["--context", "lab", "vm", "exec", "web", "-n", "--", "true"]
            #expect(await lab.run(exec, hiddenAnswer: "right").status == .success)
            #expect(asked.withLock { $0.map(\.password) } == ["old", "right"])
            #expect(await lab.run(["context", "set", "lab", "--guest-user", "carol"]).status == .success)
            #expect(await lab.run(exec, hiddenAnswer: "right").status == .success)
            #expect(asked.withLock { $0.last } == .init(user: "carol", password: "right"))
            #expect(await lab.run(["context", "set", "lab"]).status == .usage)
        }
    }
}
