/// Lets so many things through a second, and as many more at once as were saved up; by the monotonic clock.
package struct TokenBucket: Hashable, Sendable {
    package var perSecond: Double
    package var burst: Double
    private var level: Double
    private var last: ContinuousClock.Instant

    package init(perSecond: Double, burst: Double, now: ContinuousClock.Instant) {
        self.perSecond = perSecond
        self.burst = burst
        level = burst
        last = now
    }

    /// Takes one; else how long until there is one again.
    package mutating func take(now: ContinuousClock.Instant) -> Duration? {
        level = min(burst, level + max(0, (now - last) / .seconds(1)) * perSecond)
        last = max(last, now)
        if level >= 1 {
            level -= 1
            return nil
        }
        return .seconds((1 - level) / perSecond)
    }

    /// Whether nothing was taken for so long that forgetting it changes nothing.
    package func isFull(now: ContinuousClock.Instant) -> Bool {
        level + max(0, (now - last) / .seconds(1)) * perSecond >= burst
    }
}
