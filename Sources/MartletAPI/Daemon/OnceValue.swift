import Synchronization

/// A value that comes to be known once, and those who wait for it.
final class OnceValue<Value: Sendable>: Sendable {
    private struct State {
        var value: Value?
        var waiters: [AsyncStream<Value>.Continuation] = []
    }

    private let state = Mutex(State())

    /// The first value stays.
    func set(_ value: Value) {
        let waiters = state.withLock { state in
            if state.value == nil { state.value = value }
            defer { state.waiters = [] }
            return state.waiters
        }
        for waiter in waiters {
            waiter.yield(value)
            waiter.finish()
        }
    }

    /// The value as soon as it is known.
    ///
    /// - Throws: `CancellationError` when the task is cancelled before.
    func get() async throws -> Value {
        let (stream, continuation) = AsyncStream<Value>.makeStream()
        let known = state.withLock { state in
            if state.value == nil { state.waiters.append(continuation) }
            return state.value
        }
        if let known { return known }
        for await value in stream { return value }
        throw CancellationError()
    }
}
