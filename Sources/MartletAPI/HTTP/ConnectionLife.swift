/// How long a connection may take for what, as a pure state machine.
///
///     connected ──head──▶ reading ──end──▶ answering ──response ended──▶ idle ──head──▶ reading …
///        10 s               30 s             none                        60 s
///
/// Requests may be pipelined: it is idle only when every request that was read is answered. While answering nothing is limited here:
/// streams and long polls take their time, and a client that doesn't read is found by its writes.
package struct ConnectionLife: Hashable, Sendable {
    /// How long what may take; the defaults are those of a daemon in use.
    package struct Limits: Hashable, Sendable {
        /// From connecting to the first request's head, the TLS handshake included.
        package var firstHead: Duration = .seconds(10)
        /// From a request's head to its end.
        package var body: Duration = .seconds(30)
        /// From an answer's end to the next request's head.
        package var idle: Duration = .seconds(60)
        /// For which nothing of an answer could be sent on.
        package var stalledWrite: Duration = .seconds(30)

        package init() {}
    }

    /// What to do about the connection's one timer.
    package enum TimerAction: Hashable, Sendable {
        case none
        case restart(Duration)
        case stop
    }

    /// What to do when the timer has run out.
    package enum TimeoutAction: Hashable, Sendable {
        /// Nobody waits for an answer.
        case close
        /// Say that the body took too long, then close.
        case refuse
    }

    private enum State: Hashable {
        /// No head was read yet. Becomes `reading` with the first.
        case connected
        /// A request is being read, `unanswered` of those before it are not answered. Becomes `waiting` with its end.
        case reading(unanswered: Int)
        /// No request is being read; `unanswered` are not answered. Becomes `reading` with the next head.
        case waiting(unanswered: Int)
    }

    private let limits: Limits
    private var state = State.connected
    private var hasBegunAnswer = false

    package init(limits: Limits) { self.limits = limits }

    /// The timer of a fresh connection.
    package var first: TimerAction { .restart(limits.firstHead) }

    package mutating func headRead() -> TimerAction {
        switch state {
        case .connected: state = .reading(unanswered: 0)
        case .waiting(let unanswered): state = .reading(unanswered: unanswered)
        case .reading: return .none
        }
        return .restart(limits.body)
    }

    package mutating func requestEnded() -> TimerAction {
        guard case .reading(let unanswered) = state else { return .none }
        if unanswered < 0 {
            // It was answered before it was read to its end.
            state = .waiting(unanswered: 0)
            return .restart(limits.idle)
        }
        state = .waiting(unanswered: unanswered + 1)
        return .stop
    }

    package mutating func answerBegan() { hasBegunAnswer = true }

    package mutating func answerEnded() -> TimerAction {
        hasBegunAnswer = false
        switch state {
        case .connected: return .none
        case .reading(let unanswered):
            // The body's time goes on: what is left of it is read and thrown away.
            state = .reading(unanswered: unanswered - 1)
            return .none
        case .waiting(let unanswered):
            state = .waiting(unanswered: max(0, unanswered - 1))
            return unanswered <= 1 ? .restart(limits.idle) : .none
        }
    }

    /// The timer ran out.
    package func timedOut() -> TimeoutAction {
        guard case .reading(let unanswered) = state, unanswered == 0, !hasBegunAnswer else { return .close }
        return .refuse
    }
}
