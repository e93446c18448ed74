/// Slows those who fail to sign in, by a key: an address, or a user's name.
///
/// A failure is counted when it begins, so that a hundred tries at once are a hundred tries, and is taken back when it was none.
package struct SignInThrottle: Sendable {
    /// What a failed sign-in is answered with.
    package enum Answer: Hashable, Sendable {
        /// Refuse, after a while.
        case refuse(after: Duration)
        /// Refuse at once: there were too many; worth trying again after this time.
        case tooMany(retryAfter: Duration)
    }

    package struct Limits: Sendable {
        /// How many failures a key has before it is told to wait, and how long one of them counts.
        package var capacity: Int
        package var recovery: Duration
        /// How long the nth failure's answer takes.
        package var delay: @Sendable (Int) -> Duration
    }

    package static let capacity = 100
    package static let recovery: Duration = .milliseconds(100)
    /// How many keys are remembered; past it, the one that failed longest ago is forgotten.
    package static let mostAddresses = 1024

    private struct Record {
        var failures: Int
        var last: ContinuousClock.Instant
    }

    private let limits: Limits
    private var records: [String: Record] = [:]

    package init(_ limits: Limits = .secrets) { self.limits = limits }

    /// How many keys are remembered now.
    package var addressCount: Int { records.count }

    /// Notes a failure of `key` at `now`.
    package mutating func signInFailed(from key: String, now: ContinuousClock.Instant) -> Answer {
        var record = recovered(records[key], now)
        guard record.failures < limits.capacity else {
            records[key] = record
            return .tooMany(retryAfter: retryAfter(record, now))
        }
        record.failures += 1
        records[key] = record
        forgetOldest()
        return .refuse(after: limits.delay(record.failures))
    }

    /// Takes one failure back: what was counted was none.
    package mutating func takeBack(_ key: String) {
        guard let record = records[key] else { return }
        records[key] = record.failures > 1 ? Record(failures: record.failures - 1, last: record.last) : nil
    }

    private func retryAfter(_ record: Record, _ now: ContinuousClock.Instant) -> Duration {
        max(.seconds(1), .seconds((record.last + limits.recovery - now).components.seconds + 1))
    }

    /// The record less what was recovered since its last failure.
    private func recovered(_ record: Record?, _ now: ContinuousClock.Instant) -> Record {
        guard let record else { return Record(failures: 0, last: now) }
        let recovered = Int((now - record.last) / limits.recovery)
        if recovered <= 0 { return record }
        // What is left of the time goes on counting.
        return Record(failures: max(0, record.failures - recovered), last: record.last + limits.recovery * recovered)
    }

    private mutating func forgetOldest() {
        guard records.count > Self.mostAddresses,
            let oldest = records.min(by: { $0.value.last < $1.value.last })
        else { return }
        records[oldest.key] = nil
    }
}

extension SignInThrottle.Limits {
    /// For wrong tokens: one has 256 random bits and can't be guessed, so this protects the host's time and its log. Right ones are
    /// never refused for others' wrong ones, who may share their address (a proxy, or the host itself).
    package static let secrets = Self(capacity: SignInThrottle.capacity, recovery: SignInThrottle.recovery) {
        .milliseconds(10 * $0)
    }

    /// For wrong passwords from an address: ten, then one in half a minute.
    package static let passwordsFromAddress = Self(capacity: 10, recovery: .seconds(30)) {
        min(.seconds(8), .milliseconds(250) * (1 << min($0 - 1, 6)))
    }

    /// For wrong passwords of a user, from everywhere: thirty, then one in twenty seconds. It is more than one address may try, so that
    /// nobody alone keeps a user out; right passwords are refused as well, since else it would be no limit.
    package static let passwordsOfUser = Self(capacity: 30, recovery: .seconds(20)) { _ in .zero }
}
