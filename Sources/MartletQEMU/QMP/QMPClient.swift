import FoundationEssentials
package import Logging
package import MartletModel
import NIOCore
import NIOPosix

/// A typed client of one QEMU's monitor.
///
/// The peer is not trusted: what it sends is sized, timed and parsed as hostile. A connection costs no thread. It
/// closes with `close()`, when the peer breaks the protocol, or when the client is let go.
package final class QMPClient: Sendable {
    /// What QEMU tells; ends when the connection does. The oldest are dropped when nobody reads and 256 wait. For one
    /// reader.
    package let events: AsyncStream<QMPEvent>
    /// As the monitor greeted.
    package let version: QEMUVersion
    private let channel: any Channel
    private let handler: NIOLoopBound<QMPHandler>

    private init(_ connection: QMPConnection, version: QEMUVersion) {
        self.events = connection.events
        self.version = version
        self.channel = connection.channel
        self.handler = connection.handler
    }

    deinit { channel.close(promise: nil) }

    /// Connects to the monitor's socket and agrees on its capabilities, all within `timeout`.
    ///
    /// QEMU serves one client at a time: the second gets no greeting until the first has left.
    /// - Throws: `invalidArgument` for a path of more than 107 bytes; `unavailable` when nobody listens or the
    ///   connection ends; `timedOut`; `cancelled`; `qemuFailed` for a peer that doesn't speak QMP; `tooLarge` for an
    ///   endless line.
    package static func connect(
        path: String,
        timeout: Duration = .seconds(5),
        logger: Logger
    ) async throws(MartletError) -> QMPClient {
        let connection = try await QMPConnection.open(path: path, timeout: timeout, logger: logger)
        let version = try await connection.agree()
        return QMPClient(connection, version: version)
    }

    /// Executes a command and returns its reply.
    ///
    /// With a descriptor, that is handed to QEMU beside the command, which takes it; ours stays open.
    /// After a timeout or a cancellation QEMU may still obey; its late reply is dropped.
    /// - Throws: `timedOut`, `cancelled`; `unavailable` when the connection is closed; `unsupported`, `notFound`,
    ///   `wrongState`, `qemuFailed` as QEMU refused; `qemuFailed` for a reply of another shape; `tooMany`.
    @discardableResult
    package func execute<C: QMPCommand>(
        _ command: C,
        passing descriptor: Int32? = nil,
        timeout: Duration = .seconds(10)
    ) async throws(MartletError) -> C.Reply {
        let line = try await exchange(
            C.name, try Self.arguments(of: command), passing: descriptor, timeout: timeout)
        do {
            return try JSONDecoder().decode(ReplyLine<C.Reply>.self, from: Data(line)).return
        } catch {
            throw MartletError(.qemuFailed, "qemu's reply to '\(C.name)' has another shape than expected", cause: error)
        }
    }

    /// Hands QEMU a duplicate of an open descriptor, which a command then names, as in `fd:name`.
    ///
    /// QEMU has it when this returns, and closes it when the command is done with it; the caller closes its own.
    /// - Throws: as `execute`.
    package func hand(descriptor: Int32, as name: String) async throws(MartletError) {
        try await execute(GetDescriptor(name: name), passing: descriptor)
    }

    /// Ends QEMU; that the connection ends before the reply came means that it obeyed.
    ///
    /// - Throws: `timedOut`, `cancelled`.
    package func quit(timeout: Duration = .seconds(10)) async throws(MartletError) {
        do {
            _ = try await execute(Quit(), timeout: timeout)
        } catch  where error.code == .unavailable {
            return
        }
    }

    /// Closes the connection; commands under way fail with `unavailable` and `events` ends. Twice does no harm.
    package func close() async {
        try? await channel.close().get()
    }

    private func exchange(
        _ name: String,
        _ arguments: [UInt8],
        passing descriptor: Int32?,
        timeout: Duration
    ) async throws(MartletError) -> [UInt8] {
        if Task.isCancelled { throw MartletError(.cancelled, "'\(name)' was cancelled before it was sent") }
        let loop = channel.eventLoop
        let handler = handler
        let call = QMPCall(
            name: name, arguments: arguments, timeout: timeout, promise: loop.makePromise(of: [UInt8].self),
            descriptor: descriptor
        )
        loop.execute { handler.value.submit(call, timeout: TimeAmount(timeout)) }
        return try await MartletError.mapping {
            try await withTaskCancellationHandler {
                try await call.promise.futureResult.get()
            } onCancel: {
                loop.execute { handler.value.cancel(call) }
            }
        }
    }

    private static func arguments(of command: some QMPCommand) throws(MartletError) -> [UInt8] {
        do {
            return Array(try JSONEncoder().encode(command))
        } catch {
            throw MartletError(.internal, "the arguments of '\(type(of: command).name)' can't be encoded", cause: error)
        }
    }

    private struct ReplyLine<Reply: Decodable>: Decodable {
        var `return`: Reply
    }
}
