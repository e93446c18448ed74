import MartletGuest
import Testing

@Suite("The waits of wrong sign-ins")
struct SignInThrottleTests {
    @Test("They double for a user up to the longest, and begin anew after a right one")
    func doubling() {
        var throttle = SignInThrottle()
        let waits = (0..<8).map { _ in throttle.failed("eve", now: .seconds(1)) / .seconds(1) }
        #expect(waits == [1, 2, 4, 8, 16, 30, 30, 30])
        throttle.succeeded("eve")
        #expect(throttle.failed("eve", now: .seconds(2)) == .seconds(1))
    }
}
