import MartletGuestProtocol
import MartletLinux
import MartletModel
import MartletTestSupport
import Synchronization
import Testing

@testable import MartletHost

/// By which way the host speaks to a guest; vsock is a unix socket here.
@Suite("The ways to a guest")
struct GuestWaysTests {
    @Test("vsock is taken where the guest answers there")
    func prefersVsock() async throws {
        let seen = Seen()
        let ways: (String) -> GuestWays = { socket in Self.ways(socket) { true } }
        try await FakeGuest.reached(by: ways, changed: seen.take) { _ in
            try await seen.wait(for: .vsock)
            #expect(seen.channels == [.vsock])
        }
    }

    @Test("a guest that isn't there by vsock is reached by its port, and by vsock when it is there later")
    func movesLater() async throws {
        let seen = Seen()
        let isThere = Mutex(false)
        let ways: (String) -> GuestWays = { socket in Self.ways(socket) { isThere.withLock(\.self) } }
        try await FakeGuest.reached(by: ways, changed: seen.take) { link in
            try await seen.wait(for: .port)
            isThere.withLock { $0 = true }
            try await seen.wait(for: .vsock)
            #expect(seen.channels == [.port, .vsock])
            #expect(!seen.wasLost)
            _ = try await link.sessions()
        }
    }

    @Test("a call that is under way isn't broken off for vsock")
    func movesWhenIdle() async throws {
        let seen = Seen()
        let isThere = Mutex(false)
        let isOver = Mutex(false)
        let tries = Mutex(0)
        let ways: (String) -> GuestWays = { socket in
            Self.ways(socket) {
                tries.withLock { $0 += 1 }
                return isThere.withLock(\.self)
            }
        }
        let freezing = FakeGuest.Freezing(freezes: {
            while !isOver.withLock(\.self) { try await Task.sleep(for: .milliseconds(10)) }
            return GuestFreezeReply()
        })
        try await FakeGuest.reached(by: ways, changed: seen.take, freezing: freezing) { link in
            try await seen.wait(for: .port)
            async let frozen = link.call(.freeze) { client in
                try await GuestFreeze.Client(wrapping: client).freeze(GuestFreezeRequest())
            }
            _ = try await eventually("the call is under way") {
                await link.isIdle
            } until: {
                !$0
            }
            isThere.withLock { $0 = true }
            // Not even looked for while the call lasts; a look that had begun may end.
            try await Task.sleep(for: .milliseconds(200))
            let before = tries.withLock(\.self)
            try await Task.sleep(for: .milliseconds(200))
            #expect(tries.withLock(\.self) == before && seen.channels == [.port])
            isOver.withLock { $0 = true }
            _ = try await frozen
            try await seen.wait(for: .vsock)
        }
    }

    @Test("a guest that takes the connection by vsock and says nothing there is reached by its port")
    func silentVsock() async throws {
        let folder = try ScratchFolder()
        let path = "\(folder.path)/silent.sock"
        let listener = SharedDescriptor(try UnixListener.bind(path: path, mode: 0o600))
        let seen = Seen()
        let ways: (String) -> GuestWays = { socket in
            var ways = GuestWays(port: socket)
            ways.vsock = { () throws(MartletError) in SharedDescriptor(try UnixListener.connect(path: path)) }
            ways.answerLimit = .milliseconds(200)
            ways.interval = .milliseconds(50)
            return ways
        }
        try await FakeGuest.reached(by: ways, changed: seen.take) { link in
            try await seen.wait(for: .port)
            _ = try await link.sessions()
            #expect(seen.channels == [.port])
        }
        withExtendedLifetime(listener) {}
    }

    /// vsock is the port's socket too, while it is there.
    private static func ways(_ socket: String, isThere: @escaping @Sendable () -> Bool) -> GuestWays {
        var ways = GuestWays(port: socket)
        ways.vsock = { () throws(MartletError) in
            guard isThere() else { throw MartletError(.ioFailed, "nobody listens") }
            return SharedDescriptor(try UnixListener.connect(path: socket))
        }
        ways.interval = .milliseconds(50)
        return ways
    }

    /// What a guest's status was, in order.
    private final class Seen: Sendable {
        private let statuses = Mutex<[GuestStatus]>([])

        @Sendable func take(_ status: GuestStatus?) async {
            guard let status else { return }
            statuses.withLock { $0.append(status) }
        }

        /// Without repetitions.
        var channels: [GuestStatus.Channel?] {
            statuses.withLock { all in
                all.reduce(into: []) { if $0.last != $1.channel { $0.append($1.channel) } }
            }
        }

        var wasLost: Bool { statuses.withLock { $0.contains { $0.heartbeat == .lost } } }

        /// Until a beat has come that way, as `FakeGuest` waits for the first.
        func wait(for channel: GuestStatus.Channel) async throws {
            _ = try await eventually("the guest is reached by \(channel)") {
                statuses.withLock(\.last)
            } until: {
                $0?.channel == channel && $0?.heartbeat == .ok
            }
        }
    }
}
