import Synchronization

/// What a machine writes to its serial console, in pieces of whatever length; ends when the connection does. For one
/// reader.
///
/// A reader that is slow loses the oldest bytes, and never slows the guest down.
package final class ConsoleOutput: AsyncSequence, Sendable {
    package typealias Element = [UInt8]
    package typealias Failure = Never

    /// At most so many bytes wait for the reader.
    static let limit = 256 << 10

    private struct State {
        var bytes = ConsoleBytes(limit: ConsoleOutput.limit)
        var ended = false
        var reader: CheckedContinuation<[UInt8]?, Never>?
    }

    private let state = Mutex(State())

    /// How many bytes were lost, all told, because the reader was slow.
    package var droppedBytes: UInt64 { state.withLock { $0.bytes.dropped } }

    package struct Iterator: AsyncIteratorProtocol {
        let output: ConsoleOutput

        /// The next piece; nil when the connection has ended or the task is cancelled.
        package func next() async -> [UInt8]? { await output.next() }

        package func next(isolation actor: isolated (any Actor)?) async -> [UInt8]? { await output.next() }
    }

    package func makeAsyncIterator() -> Iterator { Iterator(output: self) }

    func append(_ new: some Collection<UInt8>) {
        let waiting = state.withLock { state in
            state.bytes.append(new)
            return state.reader.take().map { ($0, state.bytes.takeAll()) }
        }
        if let (reader, bytes) = waiting { reader.resume(returning: bytes) }
    }

    func end() {
        let reader = state.withLock { state in
            state.ended = true
            return state.reader.take()
        }
        reader?.resume(returning: nil)
    }

    private func next() async -> [UInt8]? {
        await withTaskCancellationHandler {
            await withCheckedContinuation { reader in
                if let answer = answer(orKeep: reader) { reader.resume(returning: answer) }
            }
        } onCancel: {
            state.withLock { $0.reader.take() }?.resume(returning: nil)
        }
    }

    /// What the reader gets at once; nil when it was kept to wait. A second reader ends the first.
    private func answer(orKeep reader: CheckedContinuation<[UInt8]?, Never>) -> [UInt8]?? {
        let (answer, displaced) = state.withLock { state -> ([UInt8]??, CheckedContinuation<[UInt8]?, Never>?) in
            if !state.bytes.isEmpty { return (.some(state.bytes.takeAll()), nil) }
            // The handler for a cancellation runs before the reader is kept when the task was cancelled already.
            if state.ended || Task.isCancelled { return (.some(nil), nil) }
            let displaced = state.reader.take()
            state.reader = reader
            return (nil, displaced)
        }
        displaced?.resume(returning: nil)
        return answer
    }
}
