package import MartletHost
import MartletModel
import Synchronization

/// A host's clocks in a test's hands: the one that people set, and the one that only goes on.
package final class TestClock: Sendable {
    private struct State {
        var passed: Duration = .zero
        var setBy: Duration = .zero
    }

    private let state = Mutex(State())
    private let start = ContinuousClock.now
    private let startTime = HostEnvironment().now()

    package init() {}

    /// Both clocks go on.
    package func pass(seconds: Int) { state.withLock { $0.passed += .seconds(seconds) } }

    /// The wall clock is set, so many seconds from where it would be.
    package func set(wall seconds: Int) { state.withLock { $0.setBy = .seconds(seconds) } }

    package var environment: HostEnvironment {
        HostEnvironment(
            now: {
                let (passed, setBy) = self.state.withLock { ($0.passed, $0.setBy) }
                let milliseconds = Int64((passed + setBy) / .milliseconds(1))
                return Moment(milliseconds: self.startTime.milliseconds + milliseconds)
            },
            steadyNow: { self.start + self.state.withLock { $0.passed } }
        )
    }
}
