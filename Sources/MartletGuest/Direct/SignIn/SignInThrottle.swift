/// How long an answer to a wrong sign-in waits: longer with each one, for the user and for all together. Pure: the time comes from outside.
///
/// A user's waits double from `first` up to `longest`; those of all together begin when `free` have been wrong. What lies back longer than
/// `memory` is forgotten.
package struct SignInThrottle: Sendable {
    package struct Limits: Sendable {
        package var first: Duration = .seconds(1)
        package var longest: Duration = .seconds(30)
        /// For all users together.
        package var longestOverall: Duration = .seconds(5)
        package var free = 20
        package var memory: Duration = .seconds(900)
        /// Users that are remembered.
        package var mostUsers = 4_096

        package init() {}
    }

    private struct Record {
        var failures: Int
        var last: Duration
    }

    private let limits: Limits
    private var users: [String: Record] = [:]
    private var overall = Record(failures: 0, last: .zero)

    package init(_ limits: Limits = Limits()) { self.limits = limits }

    /// A sign-in was wrong.
    ///
    /// - Parameter now: since any fixed moment.
    /// - Returns: how long after its beginning it is answered.
    package mutating func failed(_ user: String, now: Duration) -> Duration {
        let record = next(users[user], now)
        users[user] = record
        overall = next(overall, now)
        if users.count > limits.mostUsers, let oldest = users.min(by: { $0.value.last < $1.value.last }) {
            users[oldest.key] = nil
        }
        let own = limits.first * (1 << min(record.failures - 1, 20))
        let shared = limits.first * max(0, overall.failures - limits.free)
        return max(min(own, limits.longest), min(shared, limits.longestOverall))
    }

    /// A sign-in was right: the user's failures are forgotten, those of all aren't.
    package mutating func succeeded(_ user: String) { users[user] = nil }

    private func next(_ record: Record?, _ now: Duration) -> Record {
        guard let record, now - record.last < limits.memory else { return Record(failures: 1, last: now) }
        return Record(failures: min(record.failures + 1, 1 << 20), last: now)
    }
}
