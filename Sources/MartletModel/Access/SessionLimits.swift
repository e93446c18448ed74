/// How long a session lives that a password began.
package struct SessionLimits: Hashable, Sendable {
    /// Whatever is done with it.
    package var longest: Duration
    /// Without a request.
    package var idle: Duration
    /// At once, of one user; the one that was idle longest ends when there is one more.
    package static let mostOfOneUser = 32
    package static let most = 1_024

    package static let standardMinutes = 720
    package static let standardIdleMinutes = 60
    /// A year.
    package static let mostMinutes = 525_600

    package init(
        longest: Duration = .seconds(60 * standardMinutes), idle: Duration = .seconds(60 * standardIdleMinutes)
    ) {
        self.longest = longest
        self.idle = idle
    }
}
