import MartletModel
import Testing

@Suite("Wrong secrets")
struct SignInThrottleTests {
    @Test("each failure waits longer, and past the limit it is refused at once")
    func slower() {
        var throttle = SignInThrottle()
        let now = ContinuousClock.now
        var last = Duration.zero
        for _ in 0..<SignInThrottle.capacity {
            guard case .refuse(let delay) = throttle.signInFailed(from: "a", now: now) else {
                Issue.record("too early")
                return
            }
            #expect(delay > last)
            last = delay
        }
        #expect(throttle.signInFailed(from: "a", now: now) == .tooMany(retryAfter: .seconds(1)))
        #expect(last <= .seconds(1))
    }

    @Test("one address's failures are not another's")
    func addresses() {
        var throttle = SignInThrottle()
        let now = ContinuousClock.now
        for _ in 0...SignInThrottle.capacity { _ = throttle.signInFailed(from: "a", now: now) }
        #expect(throttle.signInFailed(from: "b", now: now) == .refuse(after: .milliseconds(10)))
    }

    @Test("failures are forgiven with time, also where they come just slower than that")
    func recovery() {
        var throttle = SignInThrottle()
        var now = ContinuousClock.now
        for _ in 0..<SignInThrottle.capacity { _ = throttle.signInFailed(from: "a", now: now) }
        now += SignInThrottle.recovery * 3
        for _ in 0..<3 { #expect(throttle.signInFailed(from: "a", now: now) != .tooMany(retryAfter: .seconds(1))) }
        #expect(throttle.signInFailed(from: "a", now: now) == .tooMany(retryAfter: .seconds(1)))
        now += SignInThrottle.recovery * SignInThrottle.capacity
        #expect(throttle.signInFailed(from: "a", now: now) == .refuse(after: .milliseconds(10)))
    }

    @Test("a flood of addresses doesn't grow the memory without end, and the one that fails goes on being known")
    func flood() {
        var throttle = SignInThrottle()
        var now = ContinuousClock.now
        for number in 0..<(3 * SignInThrottle.mostAddresses) {
            now += .milliseconds(1)
            _ = throttle.signInFailed(from: "\(number)", now: now)
        }
        #expect(throttle.addressCount <= SignInThrottle.mostAddresses)
        let latest = throttle.signInFailed(from: "\(3 * SignInThrottle.mostAddresses - 1)", now: now)
        #expect(latest == .refuse(after: .milliseconds(20)))
    }
}
