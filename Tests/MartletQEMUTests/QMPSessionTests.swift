import MartletModel
import Testing

@testable import MartletQEMU

@Suite("A QMP session")
struct QMPSessionTests {
    private func line(_ text: String) -> [UInt8] { Array(text.utf8) }

    private func ready() throws -> QMPSession {
        var session = QMPSession(tag: "t")
        guard case .send(let bytes) = session.received(line(FakeClient.greeting)) else { throw Unexpected() }
        #expect(bytes == line(#"{"execute":"qmp_capabilities","id":"t-0","arguments":{}}"# + "\n"))
        guard case .becameReady(let version) = session.received(line(#"{"return": {}, "id": "t-0"}"#)) else {
            throw Unexpected()
        }
        #expect(version == QEMUVersion(major: 7, minor: 2, micro: 22))
        return session
    }

    private struct Unexpected: Error {}

    @Test("no command is taken before both sides agreed")
    func notReady() {
        var session = QMPSession(tag: "t")
        let error = #expect(throws: MartletError.self) { _ = try session.submit("stop", arguments: line("{}")) }
        #expect(error?.code == .wrongState)
    }

    @Test("a reply to another client's negotiation doesn't end ours")
    func strayDuringNegotiation() throws {
        var session = QMPSession(tag: "t")
        _ = session.received(line(FakeClient.greeting))
        guard case .nothing = session.received(line(#"{"return": {}, "id": "s-0"}"#)) else { throw Unexpected() }
        guard case .becameReady = session.received(line(#"{"return": {}, "id": "t-0"}"#)) else { throw Unexpected() }
    }

    @Test("a second greeting breaks the session")
    func greetedTwice() throws {
        var session = try ready()
        guard case .fail(let error) = session.received(line(FakeClient.greeting)) else { throw Unexpected() }
        #expect(error.code == .qemuFailed)
    }

    @Test("a reply without an id breaks the session, since qemu sends that for a line it couldn't read")
    func withoutID() throws {
        var session = try ready()
        let text = #"{"error": {"class": "GenericError", "desc": "JSON parse error"}}"#
        guard case .fail(let error) = session.received(line(text)) else { throw Unexpected() }
        #expect(error.code == .qemuFailed)
    }

    @Test("a broken session stays broken and keeps its reason")
    func staysBroken() throws {
        var session = try ready()
        guard case .fail = session.broke(MartletError(.tooLarge, "first")) else { throw Unexpected() }
        guard case .nothing = session.broke(MartletError(.timedOut, "second")) else { throw Unexpected() }
        guard case .nothing = session.received(line(#"{"event": "STOP"}"#)) else { throw Unexpected() }
        let error = #expect(throws: MartletError.self) { _ = try session.submit("stop", arguments: line("{}")) }
        #expect(error?.code == .tooLarge)
    }

    @Test("whatever happens in whatever order, no command ends twice and nothing follows the end", arguments: 0..<200)
    func random(seed: UInt64) throws {
        var random = SplitMix(state: seed)
        var session = try ready()
        var open: Set<Int> = []
        var known: [Int] = []
        var ended = false
        for _ in 0..<300 {
            let action = step(&session, &random, &open, &known)
            if ended { #expect(isNothing(action)) }
            switch action {
            case .succeed(let number), .refuse(let number, _): #expect(open.remove(number) != nil)
            case .fail:
                ended = true
                open = []
            case .nothing, .publish: break
            case .send, .becameReady: Issue.record("the session began anew")
            }
            #expect(session.waitingCount == open.count)
        }
    }

    /// One random thing that can happen to a session.
    private func step(
        _ session: inout QMPSession,
        _ random: inout SplitMix,
        _ open: inout Set<Int>,
        _ known: inout [Int]
    ) -> QMPSession.Action {
        let number = known.randomElement(using: &random) ?? 1
        switch Int.random(in: 0..<100, using: &random) {
        case 0..<40:
            if let (number, _) = try? session.submit("stop", arguments: line("{}")) {
                open.insert(number)
                known.append(number)
            }
            return .nothing
        case 40..<65: return session.received(line(#"{"return": {}, "id": "t-\#(number)"}"#))
        case 65..<75: return session.received(line(#"{"error": {"class": "C", "desc": "d"}, "id": "t-\#(number)"}"#))
        case 75..<85: return session.received(line(#"{"event": "E"}"#))
        case 85..<90: return session.received(line(#"{"return": {}, "id": "x-\#(number)"}"#))
        case 90..<99:
            open.remove(number)
            return session.abandoned(number)
        default:
            return session.received(
                line(["{", "{}", "\u{7}", FakeClient.greeting].randomElement(using: &random) ?? ""))
        }
    }

    private func isNothing(_ action: QMPSession.Action) -> Bool {
        if case .nothing = action { true } else { false }
    }
}

/// A small generator whose sequence depends on its seed alone.
struct SplitMix: RandomNumberGenerator {
    var state: UInt64

    mutating func next() -> UInt64 {
        state &+= 0x9E37_79B9_7F4A_7C15
        var mixed = state
        mixed = (mixed ^ (mixed >> 30)) &* 0xBF58_476D_1CE4_E5B9
        mixed = (mixed ^ (mixed >> 27)) &* 0x94D0_49BB_1331_11EB
        return mixed ^ (mixed >> 31)
    }
}
