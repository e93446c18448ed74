import MartletModel

/// Does `work`, and cancels it when `limit` is over. The work must give up when it is cancelled: what it left would be awaited.
///
/// - Throws: `timedOut` with `message`; whatever `work` throws.
func withTimeLimit<Value: Sendable>(
    _ limit: Duration,
    message: @autoclosure () -> String,
    _ work: @escaping @Sendable () async throws -> Value
) async throws -> Value {
    try await withThrowingTaskGroup(of: Value?.self) { group in
        group.addTask { try await work() }
        group.addTask {
            try await Task.sleep(for: limit)
            return nil
        }
        defer { group.cancelAll() }
        guard let first = try await group.next(), let value = first else { throw MartletError(.timedOut, message()) }
        return value
    }
}
