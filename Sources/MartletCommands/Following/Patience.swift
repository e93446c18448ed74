import MartletClient
import MartletModel

/// Asks again while a host is away, for as long as a daemon takes to be started anew. Only for questions that change nothing.
struct Patience: Sendable {
    let pace: Pace

    /// - Throws: `unavailable` when the host stays away; whatever else `question` throws, at once.
    func ask<Answer: Sendable>(_ question: () async throws -> Answer) async throws -> Answer {
        let end = ContinuousClock.now + pace.patience
        while true {
            do {
                return try await question()
            } catch let error as MartletError where error.code == .unavailable && ContinuousClock.now < end {
                try await Task.sleep(for: pace.retry)
            }
        }
    }
}
