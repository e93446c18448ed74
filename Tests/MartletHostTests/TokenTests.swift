import FoundationEssentials
import MartletHost
import MartletModel
import MartletTestSupport
import Testing

@Suite("Tokens")
struct TokenTests {
    private func make(_ lab: HostLab, _ name: String = "t", seconds: Int64? = nil) async throws -> String {
        let request = CreateTokenRequest(name: name, role: .operator, expiresInSeconds: seconds)
        return try await lab.services.tokens.create(request, by: HostLab.principal).secret
    }

    private func isKnown(_ lab: HostLab, _ secret: String) async -> Bool {
        if case .known = await lab.services.tokens.recognize(secret) { return true }
        return false
    }

    @Test("a token ends when it is to, and its holder is told when that was")
    func ends() async throws {
        let clock = TestClock()
        try await withHostLab(environment: clock.environment) { lab in
            let secret = try await make(lab, seconds: 3600)
            clock.pass(seconds: 3599)
            #expect(await isKnown(lab, secret))
            clock.pass(seconds: 1)
            guard case .ended(let name, let end) = await lab.services.tokens.recognize(secret) else {
                Issue.record("not ended")
                return
            }
            #expect(name == "t" && end <= clock.environment.now())
            #expect(try await lab.services.tokens.list().map(\.name) == ["t"], "it is listed until it is deleted")
        }
    }

    @Test("a clock that jumps a day forward and back again ends no token for good")
    func forward() async throws {
        let clock = TestClock()
        try await withHostLab(environment: clock.environment) { lab in
            let secret = try await make(lab, seconds: 3600)
            clock.set(wall: 86_400)
            #expect(await !isKnown(lab, secret))
            clock.set(wall: 0)
            #expect(await isKnown(lab, secret))
        }
    }

    @Test("a clock that is set back a day brings no ended token to life")
    func back() async throws {
        let clock = TestClock()
        try await withHostLab(environment: clock.environment) { lab in
            let secret = try await make(lab, seconds: 3600)
            clock.pass(seconds: 3600)
            #expect(await !isKnown(lab, secret))
            clock.set(wall: -86_400)
            #expect(await !isKnown(lab, secret))
        }
    }

    @Test("a year is the usual life, and there is one without an end")
    func lives() async throws {
        try await withHostLab { lab in
            _ = try await make(lab, "a")
            let request = CreateTokenRequest(name: "b", role: .viewer, neverExpires: true)
            _ = try await lab.services.tokens.create(request, by: HostLab.principal)
            let tokens = try await lab.services.tokens.list()
            #expect(tokens[0].ends?.since(tokens[0].created) == .seconds(TokenRules.standardLifeInSeconds))
            #expect(tokens[1].ends == nil)
        }
    }

    @Test("the last use is known at once, kept now and then, and never brings a deleted token back")
    func uses() async throws {
        let clock = TestClock()
        let scratch = try ScratchFolder()
        try await withHostLab(scratch: scratch, environment: clock.environment) { lab in
            let secret = try await make(lab)
            let doomed = try await make(lab, "doomed")
            #expect(try await lab.services.tokens.list()[0].lastUsed == nil)
            for step in 0..<3 {
                clock.pass(seconds: 100)
                #expect(await isKnown(lab, secret), "\(step)")
            }
            let used = try await lab.services.tokens.list().first { $0.name == "t" }?.lastUsed
            #expect(used == clock.environment.now())
            #expect(await isKnown(lab, doomed))
            try await lab.services.tokens.delete("doomed", by: HostLab.principal)
            clock.pass(seconds: 1000)
            #expect(await !isKnown(lab, doomed))
        }
        try await withHostLab(scratch: scratch) { lab in
            let tokens = try await lab.services.tokens.list()
            #expect(tokens.map(\.name) == ["t"])
            #expect(tokens[0].lastUsed != nil)
        }
    }

    @Test("one that was made before tokens had an end or a scope goes on as it was")
    func old() throws {
        let text =
            #"{"created":"2026-01-01T00:00:00.000Z","id":"5eed0000-0000-4000-8000-000000000001","name":"x","role":"viewer"}"#
        let token = try JSONDecoder().decode(Token.self, from: Data(text.utf8))
        #expect(token.ends == nil && token.scope == nil && token.lastUsed == nil)
    }
}
