/// A limit of time for what can be cancelled.
enum TimeLimit {
    /// Does `work`, for as long as `limit` at most; nil for no limit.
    ///
    /// - Throws: `error` when the time is up, after `work` was cancelled and has ended; whatever `work` throws.
    static func within<Value: Sendable>(
        _ limit: Duration?, _ error: @autoclosure @escaping @Sendable () -> any Error,
        _ work: @escaping @Sendable () async throws -> Value
    ) async throws -> Value {
        guard let limit else { return try await work() }
        return try await withThrowingTaskGroup(of: Value.self) { group in
            group.addTask { try await work() }
            group.addTask {
                try await Task.sleep(for: limit)
                throw error()
            }
            defer { group.cancelAll() }
            guard let value = try await group.next() else { throw CancellationError() }
            return value
        }
    }
}
