import GRPCCore
import MartletGuestProtocol
import MartletModel
import MartletTestSupport
import SwiftProtobuf
import Synchronization
import Testing

@testable import MartletHost

/// The host's side of Direct, against guests that behave and guests that don't.
@Suite("Programs in guests, from the host")
struct GuestDirectTests {
    private let start = GuestProgramStart(
        session: "id", program: .arguments(["cat", "-n"]), environment: ["A": "b"],
        terminal: .init(type: "xterm", size: .init(columns: 80, rows: 24)))

    private func execute(
        _ link: GuestLink, inputs: [GuestExecutionInput] = [], leaves: Bool = false
    ) async throws -> [GuestExecutionOutput] {
        let outputs = Mutex<[GuestExecutionOutput]>([])
        try await link.execute(start) { pass in
            for input in inputs { try await pass(input) }
            guard leaves else { return }
            _ = try await eventually("the program is started") {
                outputs.withLock { $0.count }
            } until: {
                $0 > 0
            }
            throw MartletError(.cancelled, "the client has left")
        } output: { output in
            outputs.withLock { $0.append(output) }
        }
        return outputs.withLock { $0 }
    }

    @Test("whoever the guest doesn't believe is forbidden, not unknown to the host, and the peer is passed on")
    func signIn() async throws {
        try await FakeGuest.with { link in
            let opened = try await link.openSession(.init(user: "alice", password: "right"), peer: "root from here")
            #expect(opened.id == "id")
            #expect(opened.session.peer == "root from here")
            let refused = await #expect(throws: MartletError.self) {
                try await link.openSession(.init(user: "alice", password: "wrong"), peer: "")
            }
            #expect(refused?.code == .forbidden)
            #expect(refused?.details == [.init(GuestUserSession.refusal, "alice")])
            let challenge = try await link.challenge(.init(user: "alice"))
            #expect(challenge == GuestKeyChallenge(challenge: "AQID", namespace: "n [2J"))
            let missing = await #expect(throws: MartletError.self) { try await link.closeSession(9) }
            #expect(missing?.code == .notFound)
        }
    }

    @Test("what a guest says of itself is cut to size, and an id that can't be is refused")
    func lies() async throws {
        try await FakeGuest.with { link in
            let sessions = try await link.sessions()
            #expect(sessions.count == 1_000)
            #expect(sessions.allSatisfy { $0.user.count <= 200 && !$0.user.contains("\u{1B}") })
            let lied = await #expect(throws: MartletError.self) {
                try await link.openSession(.init(user: "lied", password: "right"), peer: "")
            }
            #expect(lied?.code == .guestFailed)
        }
    }

    @Test("what is started, fed and resized is what was asked, and output comes in pieces that a message holds")
    func program() async throws {
        let heard = Mutex<[GuestExecuteInput]>([])
        try await FakeGuest.with { inputs, outputs in
            for try await input in inputs {
                heard.withLock { $0.append(input) }
                if case .start = input.message {
                    try await outputs.write(.with { $0.started = .with { $0.processID = 5 } })
                }
                if case .endOfInput = input.message { break }
            }
            try await outputs.write(.with { $0.output = .init(repeating: 7, count: 100 << 10) })
            try await outputs.write(.with { $0.errors = .init([1]) })
            try await outputs.write(.with { $0.ended = .with { $0.signal = 9 } })
        } _: { link in
            let outputs = try await execute(
                link, inputs: [.input([1]), .resize(.init(columns: 1, rows: 2)), .signal(15), .endOfInput])
            #expect(
                outputs == [
                    .started(processID: 5), .output(.init(repeating: 7, count: 64 << 10)),
                    .output(.init(repeating: 7, count: 36 << 10)), .errors([1]), .ended(.signalled(9)),
                ])
            let messages = heard.withLock { $0.compactMap(\.message) }
            guard case .start(let started) = messages.first else {
                Issue.record("no start but \(messages)")
                return
            }
            #expect(started.arguments.values == ["cat", "-n"])
            #expect(started.environment == ["A": "b"])
            #expect(started.terminal.size.columns == 80)
            #expect(messages.dropFirst().count == 4)
        }
    }

    @Test("whoever leaves hangs the program up")
    func leaving() async throws {
        let isHungUp = Mutex(false)
        try await FakeGuest.with { inputs, outputs in
            try await outputs.write(.with { $0.started = .with { $0.processID = 5 } })
            try await withRPCCancellationHandler {
                for try await _ in inputs {}
                try await Task.sleep(for: .seconds(3_600))
            } onCancelRPC: {
                isHungUp.withLock { $0 = true }
            }
        } _: { link in
            let error = await #expect(throws: MartletError.self) { _ = try await execute(link, leaves: true) }
            #expect(error?.code == .cancelled)
            _ = try await eventually("the guest learns of it") {
                isHungUp.withLock { $0 }
            } until: {
                $0
            }
        }
    }

    @Test("a guest that ends without a word of how the program ended, or goes in the middle, is told as that")
    func ending() async throws {
        try await FakeGuest.with { _, outputs in
            try await outputs.write(.with { $0.started = .with { $0.processID = 5 } })
        } _: { link in
            let error = await #expect(throws: MartletError.self) { _ = try await execute(link) }
            #expect(error?.code == .guestFailed)
        }
        try await FakeGuest.with { _, outputs in
            try await outputs.write(.with { $0.started = .with { $0.processID = 5 } })
            try await Task.sleep(for: .seconds(3_600))
        } _: { link in
            let error = await #expect(throws: MartletError.self) {
                try await link.execute(start) { _ in
                    try await Task.sleep(for: .seconds(3_600))
                } output: { _ in
                    // The program runs now: its guest goes.
                    Task { await link.end() }
                }
            }
            #expect([.unavailable, .cancelled, .guestFailed].contains(error?.code))
        }
    }
}
