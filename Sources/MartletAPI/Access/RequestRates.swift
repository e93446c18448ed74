package import MartletModel
import Synchronization

/// How many requests each principal, and each address, may make a second: one that runs wild doesn't take the host from the others.
package final class RequestRates: Sendable {
    /// How many seconds' worth may come at once.
    private static let burstInSeconds = 5.0
    private static let mostKeys = 4_096

    private let perSecond: Double
    private let buckets = Mutex<[String: TokenBucket]>([:])

    /// - Parameter perSecond: 0 for as many as there are.
    package init(perSecond: Int) { self.perSecond = Double(perSecond) }

    /// - Throws: `tooMany`, with how long to wait.
    package func take(_ key: String, now: ContinuousClock.Instant = .now) throws(MartletError) {
        guard perSecond > 0 else { return }
        let wait = buckets.withLock { buckets -> Duration? in
            if buckets.count >= Self.mostKeys, buckets[key] == nil {
                buckets = buckets.filter { !$0.value.isFull(now: now) }
            }
            let burst = perSecond * Self.burstInSeconds
            return buckets[key, default: TokenBucket(perSecond: perSecond, burst: burst, now: now)].take(now: now)
        }
        guard let wait else { return }
        let seconds = max(1, wait.components.seconds + 1)
        throw MartletError(
            .tooMany, "\(key) asks more than \(Int(perSecond)) times a second; wait \(seconds) s",
            details: [.init("retryAfterInSeconds", "\(seconds)")]
        )
    }
}
