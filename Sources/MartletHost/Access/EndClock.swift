package import MartletModel

/// Says whether an end has passed, also when somebody sets the host's clock.
///
/// An end is a time of day, so the time of day decides: a clock that is set forward ends what ends by then, and one that is set right
/// again lets it go on, for nothing was destroyed. But a clock that is set back brings nothing to life again: beside it goes the time
/// that has gone by since the daemon started, by a clock that nobody can set, and what has ended by either has ended.
package struct EndClock: Sendable {
    private let environment: HostEnvironment
    private let startTime: Moment
    private let start: ContinuousClock.Instant

    package init(environment: HostEnvironment) {
        self.environment = environment
        startTime = environment.now()
        start = environment.steadyNow()
    }

    package func hasPassed(_ end: Moment) -> Bool {
        let gone = (environment.steadyNow() - start) / .milliseconds(1)
        let steadyTime = Moment(milliseconds: startTime.milliseconds + Int64(gone))
        return max(environment.now(), steadyTime) >= end
    }
}
