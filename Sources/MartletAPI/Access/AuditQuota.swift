import MartletModel
import Synchronization

/// Keeps what can be repeated without end from flooding the audit log: refusals of strangers, and typing into a console.
///
/// What is left out is counted, and the next line that is written says how many.
final class AuditQuota: Sendable {
    private struct Repeated {
        var written: ContinuousClock.Instant
        var omitted = 0
    }

    private struct State {
        var strangers: TokenBucket
        var omittedStrangers = 0
        var repeated: [String: Repeated] = [:]
    }

    /// Refusals of strangers: 60 at once, then one a second.
    private static let strangersPerSecond = 1.0
    private static let strangersAtOnce = 60.0
    /// How long a line stands for what is repeated.
    private static let repetition: Duration = .seconds(60)
    private static let mostRepeated = 1_024

    private let state: Mutex<State>

    init(now: ContinuousClock.Instant = .now) {
        let bucket = TokenBucket(perSecond: Self.strangersPerSecond, burst: Self.strangersAtOnce, now: now)
        state = Mutex(State(strangers: bucket))
    }

    /// Whether a refusal of somebody unknown is written: how many were left out before it, or nil when it is left out itself.
    func admitStranger(now: ContinuousClock.Instant = .now) -> Int? {
        state.withLock { state in
            guard state.strangers.take(now: now) == nil else {
                state.omittedStrangers += 1
                return nil
            }
            defer { state.omittedStrangers = 0 }
            return state.omittedStrangers
        }
    }

    /// As `admitStranger`, for what somebody does again and again: once a minute for each key.
    func admitRepeated(_ key: String, now: ContinuousClock.Instant = .now) -> Int? {
        state.withLock { state in
            if let last = state.repeated[key], now - last.written < Self.repetition {
                state.repeated[key]?.omitted += 1
                return nil
            }
            let omitted = state.repeated[key]?.omitted ?? 0
            if state.repeated.count >= Self.mostRepeated {
                state.repeated = state.repeated.filter { now - $0.value.written < Self.repetition }
            }
            state.repeated[key] = Repeated(written: now)
            return omitted
        }
    }
}
