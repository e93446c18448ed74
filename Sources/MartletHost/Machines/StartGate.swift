import MartletModel
import Synchronization

/// Whether machines may be started: not while the host stops them all.
final class StartGate: Sendable {
    private let isShut = Mutex(false)

    func shut() { isShut.withLock { $0 = true } }
    func open() { isShut.withLock { $0 = false } }

    /// - Throws: `wrongState`.
    func check() throws(MartletError) {
        guard isShut.withLock({ $0 }) else { return }
        throw MartletError(
            .wrongState, "this host is stopping its machines; start it when that has ended (`martlet operation list`)")
    }
}
