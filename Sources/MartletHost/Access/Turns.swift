import MartletModel

/// Lets one at a time do something for each key, in the order of their coming, and few in all.
actor Turns {
    private let mostWaiting: Int
    private let mostKeys: Int
    private var waiters: [String: [CheckedContinuation<Void, Never>]] = [:]

    init(mostWaiting: Int, mostKeys: Int) {
        self.mostWaiting = mostWaiting
        self.mostKeys = mostKeys
    }

    /// Waits for the turn; `leave` gives it on.
    ///
    /// - Throws: `tooMany` when too many wait already.
    func enter(_ key: String) async throws(MartletError) {
        guard let waiting = waiters[key] else {
            guard waiters.count < mostKeys else { throw Self.crowded }
            waiters[key] = []
            return
        }
        guard waiting.count < mostWaiting else { throw Self.crowded }
        // Whoever leaves resumes the first; no turn is taken by two, for this actor alone hands them on.
        await withCheckedContinuation { waiters[key]?.append($0) }
    }

    func leave(_ key: String) {
        guard var waiting = waiters[key], !waiting.isEmpty else {
            waiters[key] = nil
            return
        }
        let next = waiting.removeFirst()
        waiters[key] = waiting
        next.resume()
    }

    private static let crowded = MartletError(
        .tooMany, "many are signing in at this moment; try again in a few seconds",
        details: [.init("retryAfterInSeconds", "2")]
    )
}
