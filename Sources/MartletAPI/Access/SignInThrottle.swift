/// Slows those who sign in with wrong secrets, by address.
///
/// A secret has 256 random bits and can't be guessed, so this protects the host's time and its log rather than the secret; right
/// secrets are never refused for others' wrong ones, who may share their address (a proxy, or the host itself).
package struct SignInThrottle: Sendable {
    /// What a failed sign-in is answered with.
    package enum Answer: Hashable, Sendable {
        /// Refuse, after a while.
        case refuse(after: Duration)
        /// Refuse at once: there were too many; worth trying again after this time.
        case tooMany(retryAfter: Duration)
    }

    /// How many failures an address has before it is told to wait, and how long one of them counts.
    package static let capacity = 100
    package static let recovery: Duration = .milliseconds(100)
    /// How many addresses are remembered; past it, the one that failed longest ago is forgotten.
    package static let mostAddresses = 1024

    private struct Record {
        var failures: Int
        var last: ContinuousClock.Instant
    }

    private var records: [String: Record] = [:]

    package init() {}

    /// How many addresses are remembered now.
    package var addressCount: Int { records.count }

    /// Notes a failure of `address` at `now`.
    package mutating func signInFailed(from address: String, now: ContinuousClock.Instant) -> Answer {
        var record = recovered(records[address], now)
        guard record.failures < Self.capacity else {
            records[address] = record
            return .tooMany(retryAfter: .seconds(1))
        }
        record.failures += 1
        records[address] = record
        forgetOldest()
        return .refuse(after: .milliseconds(10 * record.failures))
    }

    /// The record less what was recovered since its last failure.
    private func recovered(_ record: Record?, _ now: ContinuousClock.Instant) -> Record {
        guard let record else { return Record(failures: 0, last: now) }
        let recovered = Int((now - record.last) / Self.recovery)
        if recovered == 0 { return record }
        // What is left of the time goes on counting.
        return Record(failures: max(0, record.failures - recovered), last: record.last + Self.recovery * recovered)
    }

    private mutating func forgetOldest() {
        guard records.count > Self.mostAddresses,
            let oldest = records.min(by: { $0.value.last < $1.value.last })
        else { return }
        records[oldest.key] = nil
    }
}
