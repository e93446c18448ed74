import Synchronization

/// Those who wait until a guest has read what was typed before.
final class ConsoleRoom: Sendable {
    private struct State {
        var waiters: [Int: AsyncStream<Never>.Continuation] = [:]
        var next = 0
    }

    private let state = Mutex(State())

    /// Waits for the next change, or until the task is cancelled.
    ///
    /// - Parameter isSo: whether there is nothing to wait for; asked when the waiter is in place, so that no change falls between.
    func wait(unless isSo: () -> Bool) async {
        let (stream, continuation) = AsyncStream<Never>.makeStream()
        let number = state.withLock { state in
            state.next += 1
            state.waiters[state.next] = continuation
            return state.next
        }
        defer { state.withLock { _ = $0.waiters.removeValue(forKey: number) } }
        if isSo() { return }
        for await _ in stream {}
    }

    func changed() {
        let waiters = state.withLock { state in
            defer { state.waiters = [:] }
            return Array(state.waiters.values)
        }
        for waiter in waiters { waiter.finish() }
    }
}
