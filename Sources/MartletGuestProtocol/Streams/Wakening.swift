import Synchronization

/// Lets one task sleep until there may be something to do. It may wake for nothing; it looks again then.
final class Wakening: Sendable {
    private enum State {
        case idle
        /// Whoever waits next goes on at once.
        case due
        case waiting(CheckedContinuation<Void, Never>)
    }

    private let state = Mutex(State.idle)

    /// Returns once `wake` was called after the last return, or the task is cancelled.
    func wait() async {
        await withTaskCancellationHandler {
            await withCheckedContinuation { continuation in
                let isDue = state.withLock { state in
                    if case .due = state {
                        state = .idle
                        return true
                    }
                    state = .waiting(continuation)
                    return false
                }
                if isDue { continuation.resume() }
            }
        } onCancel: {
            wake()
        }
    }

    func wake() {
        let continuation = state.withLock { state -> CheckedContinuation<Void, Never>? in
            guard case .waiting(let continuation) = state else {
                state = .due
                return nil
            }
            state = .idle
            return continuation
        }
        continuation?.resume()
    }
}
