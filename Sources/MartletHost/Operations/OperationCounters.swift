package import MartletModel
import Synchronization

/// How operations ended since the daemon was started, by kind.
package final class OperationCounters: Sendable {
    /// Upper bounds of the durations that are told apart, in seconds.
    package static let bounds: [Double] = [0.1, 0.3, 1, 3, 10, 30, 100, 300, 1_000]

    /// Of one kind.
    package struct Tally: Sendable, Hashable {
        package var results: [Operation.State: Int64] = [:]
        /// Those that succeeded, each by the least bound that it kept; the longer ones are in none.
        package var buckets: [Int64] = bounds.map { _ in 0 }
        /// Of those that succeeded.
        package var count: Int64 = 0
        package var seconds: Double = 0
    }

    /// All kinds, at one moment.
    package struct Snapshot: Sendable, Hashable {
        package var kinds: [Operation.Kind: Tally] = [:]
    }

    private let state = Mutex(Snapshot())

    package init() {}

    package var snapshot: Snapshot { state.withLock { $0 } }

    /// Counts an operation that has ended.
    func ended(_ operation: Operation) {
        let seconds = max(0, (operation.ended ?? operation.started).since(operation.started) / .seconds(1))
        state.withLock { state in
            var tally = state.kinds[operation.kind] ?? Tally()
            tally.results[operation.state, default: 0] += 1
            if operation.state == .succeeded {
                tally.count += 1
                tally.seconds += seconds
                if let index = Self.bounds.firstIndex(where: { seconds <= $0 }) { tally.buckets[index] += 1 }
            }
            state.kinds[operation.kind] = tally
        }
    }
}
