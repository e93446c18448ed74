import GRPCCore
import MartletGuestProtocol
import MartletModel
import SwiftProtobuf
import Synchronization

/// The streams of one program's run, by which its bytes go where the guest knows of streams; a guest that doesn't has them in the
/// call's messages.
struct ExecutionStreams: Sendable {
    private let streams: LinkStreams
    private let number: UInt32
    private let input: StreamWriter
    private let outputs: StreamReader

    /// - Throws: `unavailable` when the numbers are used up, as they never are in a session's time.
    init(_ streams: LinkStreams) throws(MartletError) {
        number = streams.newNumber()
        guard let (writers, reader) = streams.open(number, writing: [.input], reading: [.output, .errors]) else {
            throw MartletError(.unavailable, "all streams to the guest are in use; end some programs there")
        }
        self.streams = streams
        (input, outputs) = (writers[0], reader)
    }

    /// What the guest is asked for.
    var message: GuestStreams {
        .with {
            $0.session = streams.session
            $0.number = number
        }
    }

    func close() { streams.close(number) }

    /// - Throws: `RPCError` when the session has ended; `CancellationError`.
    func send(_ bytes: [UInt8]) async throws {
        do throws(MartletError) { try await input.send(bytes) } catch {
            // Its caller has left, which is no failure of its own.
            throw error.code == .cancelled ? CancellationError() : Self.failure(error)
        }
    }

    func endInput() { input.finish() }

    /// Hands on what comes until all of it has.
    ///
    /// - Throws: `RPCError` when the session ends before; `cancelled`; what `take` throws.
    func read(_ take: (GuestExecutionOutput) async throws -> Void) async throws {
        while true {
            let next: [StreamReader.Piece]?
            do throws(MartletError) { next = try await outputs.next() } catch { throw Self.failure(error) }
            guard let pieces = next else { return }
            for piece in pieces {
                let bytes = piece.array
                try await take(piece.channel == .errors ? .errors(bytes) : .output(bytes))
                outputs.used(bytes.count, of: piece.channel)
            }
        }
    }

    /// Streams don't know whose they are: the session's end is told as that of a call is.
    private static func failure(_ error: MartletError) -> any Error {
        error.code == .unavailable ? RPCError(code: .unavailable, message: error.message) : error
    }
}

/// What is known of an execution by those who take part in it.
final class ExecutionState: Sendable {
    private struct State {
        /// Whether the program's bytes go by streams; nil until it was started.
        var isOnStreams: Bool?
        var failure: MartletError?
    }

    private let state = Mutex(State())
    private let answers: AsyncStream<Bool>
    private let answer: AsyncStream<Bool>.Continuation

    init() { (answers, answer) = AsyncStream.makeStream() }

    var hasStarted: Bool { state.withLock { $0.isOnStreams != nil } }
    var failure: MartletError? { state.withLock { $0.failure } }

    func started(onStreams: Bool) {
        state.withLock { $0.isOnStreams = onStreams }
        answer.yield(onStreams)
    }

    /// Waits until the program was started. Called by one task.
    ///
    /// - Throws: `CancellationError`.
    func isOnStreams() async throws -> Bool {
        if let known = state.withLock({ $0.isOnStreams }) { return known }
        for await answer in answers { return answer }
        throw CancellationError()
    }

    func failed(_ error: MartletError) { state.withLock { $0.failure = error } }
}
