import MartletLinux
import MartletModel

/// Lets sign-ins through one at a time for each user, and answers the wrong ones late.
///
/// Whoever guesses at one user's password waits for the answer before the next guess is looked at, however many are asked at once;
/// other users' sign-ins go on.
actor SignInGate {
    /// How many may wait for their turn: of one user, of all.
    private static let mostOfOne = 16, mostOfAll = 128

    private var throttle: SignInThrottle
    private var queues: [String: [CheckedContinuation<Void, Never>]] = [:]
    private var waiting = 0
    private let clock = ContinuousClock()
    private let origin: ContinuousClock.Instant

    init(_ limits: SignInThrottle.Limits) {
        throttle = SignInThrottle(limits)
        origin = clock.now
    }

    /// Does `check` in the user's turn. When it says no, that is told after the wait that is due, counted from the turn's beginning, so that
    /// how long `check` took isn't told.
    ///
    /// - Throws: `tooMany` when too many wait.
    func pass<Answer: Sendable>(
        _ user: String, _ check: @Sendable () async -> Answer?
    ) async throws(MartletError) -> Answer? {
        try await takeTurn(user)
        let began = clock.now
        let answer = await check()
        if answer != nil {
            throttle.succeeded(user)
        } else {
            let due = throttle.failed(user, now: clock.now - origin)
            // Not shortened when the asker leaves: leaving would be the way to guess faster.
            let wait = Task { [clock] in try? await clock.sleep(until: began + due) }
            await wait.value
        }
        endTurn(user)
        return answer
    }

    private func takeTurn(_ user: String) async throws(MartletError) {
        guard let queue = queues[user] else {
            guard queues.count < Self.mostOfAll else { throw Self.tooMany }
            queues[user] = []
            return
        }
        guard queue.count < Self.mostOfOne, waiting < Self.mostOfAll else { throw Self.tooMany }
        waiting += 1
        await withCheckedContinuation { queues[user]?.append($0) }
        waiting -= 1
    }

    private func endTurn(_ user: String) {
        guard let next = queues[user]?.first else {
            queues[user] = nil
            return
        }
        queues[user]?.removeFirst()
        next.resume()
    }

    private static var tooMany: MartletError {
        MartletError(.tooMany, "too many sign-ins are under way in the guest; try again later")
    }
}
