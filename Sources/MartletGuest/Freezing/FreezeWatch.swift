import Dispatch
import Synchronization

/// Thaws file systems in time, on a thread of its own: the one that freezes may stand in the middle of that for ever.
final class FreezeWatch: Sendable {
    struct Ending: Sendable {
        /// Whether all were frozen until they were thawed on request, within the time.
        var isInTime = false
        /// From the beginning of the watch to the last thaw.
        var microseconds = 0
    }

    private let ending = Mutex(Ending())
    private let hasEnded = DispatchSemaphore(value: 0)

    private init() {}

    /// Begins to watch; when this returns the thread is there.
    ///
    /// - Parameter wait: returns when the file systems are to be thawed, at the given time at the latest.
    static func start(
        over frozen: FrozenFileSystems, for limit: Duration,
        wait: @escaping @Sendable (_ end: ContinuousClock.Instant) -> Void
    ) -> FreezeWatch {
        let watch = FreezeWatch()
        let isThere = DispatchSemaphore(value: 0)
        DispatchQueue(label: "martlet.freeze-watch").async {
            let began = ContinuousClock.now
            isThere.signal()
            wait(began + limit)
            let isInTime = ContinuousClock.now - began < limit
            let wereFrozen = frozen.thaw()
            let lasted = ContinuousClock.now - began
            watch.ending.withLock {
                $0 = Ending(isInTime: isInTime && wereFrozen, microseconds: Int(lasted / .microseconds(1)))
            }
            watch.hasEnded.signal()
        }
        isThere.wait()
        return watch
    }

    /// Waits until all are thawed.
    func end() -> Ending {
        hasEnded.wait()
        return ending.withLock { $0 }
    }
}
