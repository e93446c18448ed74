import GRPCCore
import MartletGuestProtocol
import MartletModel
import MartletTestSupport
import SwiftProtobuf
import Synchronization
import Testing

@testable import MartletHost

/// The host's side of a freeze, against guests that don't do what they should.
@Suite("A guest that is frozen, from the host")
struct GuestFreezeTests {
    private func with(
        _ freezing: FakeGuest.Freezing, patience: Duration = .milliseconds(100),
        _ body: (LinkedGuestFreezer) async throws -> Void
    ) async throws {
        try await FakeGuest.with(freezing: freezing) { link in
            try await body(
                LinkedGuestFreezer(link: link, id: "x", hooksLimit: .milliseconds(100), patience: patience))
        }
    }

    @Test("it is application-consistent only where hooks ran and none failed")
    func consistency() async throws {
        func frozen(_ hooks: [GuestHook]) -> FrozenGuest {
            LinkedGuestFreezer.frozen(
                .with {
                    $0.mountPoints = ["/"]
                    $0.hooks = hooks
                })
        }
        let (good, bad) = (GuestHook.with { $0.name = "a" }, GuestHook.with { $0.exitCode = 3 })
        #expect(frozen([]) == FrozenGuest(consistency: .fileSystem))
        #expect(frozen([good]) == FrozenGuest(consistency: .application))
        #expect(frozen([good, bad]).consistency == .fileSystem && frozen([good, bad]).warnings.count == 1)
    }

    @Test("one that never answers costs the time that it was given, and no more")
    func silent() async throws {
        let isOver = Mutex(false)
        // A server waits for its calls.
        let never: @Sendable () async throws -> Void = {
            while !isOver.withLock({ $0 }) { try await Task.sleep(for: .milliseconds(10)) }
        }
        try await with(
            .init(
                freezes: {
                    try await never()
                    return GuestFreezeReply()
                },
                thaws: {
                    try await never()
                    return GuestThawReply()
                })
        ) { freezer in
            let freeze = await #expect(throws: MartletError.self) {
                try await freezer.freeze(limit: .milliseconds(100))
            }
            let thaw = await #expect(throws: MartletError.self) { try await freezer.thaw() }
            #expect(freeze?.code == .timedOut && thaw?.code == .timedOut)
            isOver.withLock { $0 = true }
        }
    }

    @Test("one that has nothing to freeze, refuses, or knows of no freeze is said to")
    func refusing() async throws {
        try await with(.init(thaws: { throw RPCError(code: .notFound, message: "no") }), patience: .seconds(60)) {
            freezer in
            let nothing = await #expect(throws: MartletError.self) { try await freezer.freeze(limit: .seconds(1)) }
            let unknown = await #expect(throws: MartletError.self) { try await freezer.thaw() }
            #expect(nothing?.code == .unsupported && unknown?.code == .notFound)
        }
        try await with(
            .init(freezes: { throw RPCError(code: .failedPrecondition, message: "held\u{1B}[2J") }),
            patience: .seconds(60)
        ) {
            freezer in
            let held = await #expect(throws: MartletError.self) { try await freezer.freeze(limit: .seconds(1)) }
            #expect(held?.code == .wrongState && held?.message.contains("\u{1B}") == false)
        }
    }

    @Test("what it says is cut to size, and a time that can't be is none")
    func lies() async throws {
        let long = "\u{1B}[2J" + String(repeating: "x", count: 10_000)
        let hooks = (0..<100).map { _ in
            GuestHook.with {
                $0.name = long
                $0.exitCode = -1
                $0.said = long
            }
        }
        try await with(
            .init(
                freezes: {
                    .with {
                        $0.mountPoints = [long]
                        $0.leftOut = Array(repeating: long, count: 100)
                        $0.hooks = hooks
                    }
                },
                thaws: {
                    .with {
                        $0.wasFrozen = true
                        $0.frozenInMicroseconds = .max
                        $0.hooks = hooks
                    }
                }), patience: .seconds(60)
        ) { freezer in
            let frozen = try await freezer.freeze(limit: .seconds(1))
            #expect(frozen.consistency == .fileSystem && frozen.warnings.count == 9)
            let thawed = try await freezer.thaw()
            #expect(thawed.frozenInMilliseconds == 86_400_000 && thawed.warnings.count == 8)
            for warning in frozen.warnings + thawed.warnings {
                #expect(warning.utf8.count < 2_000 && !warning.contains("\u{1B}"))
            }
        }
    }
}
