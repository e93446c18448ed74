import Dispatch
package import MartletModel

/// Carries blocking calls (disk, name service) on threads of their own, so that they never hold one of the cooperative pool's.
package enum BlockingWork {
    private static let queue = DispatchQueue(label: "martlet.blocking", attributes: .concurrent)

    /// Runs `body` on such a thread and waits for it without blocking; a cancelled task still waits, since the call can't be stopped.
    ///
    /// - Throws: what `body` throws.
    package static func run<Value: Sendable>(
        _ body: @escaping @Sendable () throws(MartletError) -> Value
    ) async throws(MartletError) -> Value {
        let result: Result<Value, MartletError> = await withCheckedContinuation { continuation in
            queue.async {
                continuation.resume(returning: Result { () throws(MartletError) -> Value in try body() })
            }
        }
        return try result.get()
    }
}
