import Synchronization

/// Those who wait until something is so, each with a time limit.
final class Waiters<Key: Hashable & Sendable, Value: Sendable>: Sendable {
    private struct Waiter {
        var isSatisfied: @Sendable (Value) -> Bool
        var continuation: AsyncStream<Value>.Continuation
    }

    private struct State {
        var waiters: [Key: [Int: Waiter]] = [:]
        var nextNumber = 0
    }

    private let state = Mutex(State())

    /// Tells everybody who waits on `key` what is now so.
    func notify(_ key: Key, _ value: Value) {
        let satisfied = state.withLock { state in
            let found = (state.waiters[key] ?? [:]).values.filter { $0.isSatisfied(value) }
            return found.map(\.continuation)
        }
        for continuation in satisfied {
            continuation.yield(value)
            continuation.finish()
        }
    }

    /// The first value that satisfies, or nil when the time is up or the task is cancelled.
    ///
    /// - Parameter current: what is so now; asked after the waiter is in place, so that no change falls between.
    func wait(
        for key: Key,
        timeout: Duration,
        until isSatisfied: @escaping @Sendable (Value) -> Bool,
        current: () async -> Value?
    ) async -> Value? {
        let (stream, continuation) = AsyncStream<Value>.makeStream(bufferingPolicy: .bufferingOldest(1))
        let number = add(key, Waiter(isSatisfied: isSatisfied, continuation: continuation))
        defer { remove(key, number) }
        if let value = await current(), isSatisfied(value) { return value }
        let timer = Task {
            try await Task.sleep(for: timeout)
            continuation.finish()
        }
        defer { timer.cancel() }
        return await stream.first { _ in true }
    }

    private func add(_ key: Key, _ waiter: Waiter) -> Int {
        state.withLock { state in
            state.nextNumber += 1
            state.waiters[key, default: [:]][state.nextNumber] = waiter
            return state.nextNumber
        }
    }

    private func remove(_ key: Key, _ number: Int) {
        let waiter = state.withLock { state in
            let waiter = state.waiters[key]?.removeValue(forKey: number)
            if state.waiters[key]?.isEmpty == true { state.waiters[key] = nil }
            return waiter
        }
        waiter?.continuation.finish()
    }
}
