/// How long a session lives that a password began.
package struct SessionLimits: Hashable, Sendable {
    /// Whatever is done with it.
    package var longest: Duration
    /// Without a request.
    package var idle: Duration
    /// At once, of one user; the one that was idle longest ends when there is one more.
    package static let mostOfOneUser = 32
    package static let most = 1_024

    package init(longest: Duration = .seconds(12 * 3600), idle: Duration = .seconds(3600)) {
        self.longest = longest
        self.idle = idle
    }
}
