import Logging
import MartletGuestProtocol
import MartletLinux
import MartletModel
import Synchronization

/// How the host reaches a machine's guest.
struct GuestWays: Sendable {
    /// A new connection by vsock.
    typealias Connect = @Sendable () async throws(MartletError) -> SharedDescriptor

    /// The socket of the virtio-serial port.
    var port: String
    /// nil for a machine without vsock.
    var vsock: Connect?
    /// How long a guest that takes a connection by vsock may take to answer.
    var answerLimit: Duration = .seconds(5)
    /// How often a guest that is reached by its port is looked for by vsock, whose driver may come late.
    var interval: Duration = .seconds(10)
}

/// Which way is taken: vsock where the guest answers there, else the port, which every guest has.
extension GuestLink {
    /// What became of a session.
    enum SessionEnd: Sendable {
        /// Somebody ended it.
        case ended
        /// The guest answers by vsock too, and is to be spoken to there.
        case moves
    }

    /// One session with the guest, until it ends.
    ///
    /// - Throws: as `GuestChannel.run`.
    func session() async throws -> SessionEnd {
        if let connect = ways.vsock, try await sessionByVsock(connect) { return .ended }
        return try await withThrowingTaskGroup(of: SessionEnd.self) { group in
            group.addTask { [ways] in
                try await GuestChannel.run(path: ways.port, session: Self.newSession()) { client, streams in
                    try await self.serve(client, streams, by: .port)
                }
                return .ended
            }
            if let connect = ways.vsock {
                group.addTask {
                    try await self.waitForVsock(connect)
                    return .moves
                }
            }
            defer { group.cancelAll() }
            return try await group.next() ?? .ended
        }
    }

    private static func newSession() -> UInt64 { .random(in: 1...UInt64.max) }

    /// - Returns: whether there was a session; false for a guest that doesn't answer there.
    /// - Throws: why a session ended.
    private func sessionByVsock(_ connect: GuestWays.Connect) async throws -> Bool {
        let hasAnswered = Mutex(false)
        do {
            try await reach(connect) { client, streams in
                hasAnswered.withLock { $0 = true }
                try await self.serve(client, streams, by: .vsock)
            }
            return true
        } catch {
            if hasAnswered.withLock(\.self) || Task.isCancelled { throw error }
            logger.debug("a guest doesn't answer by vsock", metadata: ["vm": "\(machine)", "error": "\(error)"])
            return false
        }
    }

    /// Waits until the guest answers by vsock and nothing is under way that a move would break off.
    private func waitForVsock(_ connect: GuestWays.Connect) async throws {
        while true {
            try await Task.sleep(for: ways.interval)
            guard isIdle else { continue }
            do { try await reach(connect) { _, _ in } } catch { continue }
            if isIdle { return }
        }
    }

    private func reach(
        _ connect: GuestWays.Connect, _ body: @Sendable (GuestChannel.Client, LinkStreams) async throws -> Void
    ) async throws {
        let connection = try await connect()
        try await GuestChannel.run(
            .connected(try connection.duplicateForHandover()), session: Self.newSession(),
            answerWithin: ways.answerLimit, body: body)
    }
}
