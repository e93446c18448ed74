import CMartletLinux
import Dispatch
import Glibc
import Synchronization

/// Waits for descriptors to be ready, one thread for all of them.
///
/// Dispatch's sources would do but for one thing: on Linux a source that waits to write isn't told that the reader is gone.
package final class DescriptorReadiness: Sendable {
    package enum Direction: Sendable {
        case reading
        case writing
    }

    package static let shared = DescriptorReadiness()

    private struct Waiting {
        var continuation: CheckedContinuation<Void, Never>
        var descriptors: [CInt]
    }
    private struct State {
        var waiting: [UInt64: Waiting] = [:]
        /// Cancelled before they began to wait.
        var cancelled: Set<UInt64> = []
        var last: UInt64 = 0
    }

    private let epoll: CInt
    private let state = Mutex(State())

    private init() {
        epoll = martlet_epoll_make()
        // Without it nothing in the process can wait: there are no descriptors left at its very start.
        precondition(epoll >= 0, "the kernel has no descriptor for an event queue")
        DispatchQueue(label: "martlet.readiness").async { [self] in run() }
    }

    /// Waits until one of these is ready, ended or broken, or the task is cancelled.
    ///
    /// A descriptor stays open until then and is waited for by one task at a time: who wants it twice duplicates it.
    package func wait(_ wanted: (SharedDescriptor, Direction)...) async {
        let name = state.withLock { state in
            state.last += 1
            return state.last
        }
        await withTaskCancellationHandler {
            await withCheckedContinuation { continuation in begin(name, wanted, continuation) }
        } onCancel: {
            end(name, isCancelled: true)
        }
        state.withLock { _ = $0.cancelled.remove(name) }
    }

    private func begin(
        _ name: UInt64, _ wanted: [(SharedDescriptor, Direction)], _ continuation: CheckedContinuation<Void, Never>
    ) {
        let isDone = state.withLock { state in
            if state.cancelled.remove(name) != nil { return true }
            let descriptors = wanted.map(\.0.number)
            for (descriptor, direction) in wanted
            where martlet_epoll_add(epoll, descriptor.number, direction == .writing ? 1 : 0, name) != 0 {
                // What can't be waited for, as a file, is always ready.
                for descriptor in descriptors { _ = martlet_epoll_remove(epoll, descriptor) }
                return true
            }
            state.waiting[name] = Waiting(continuation: continuation, descriptors: descriptors)
            return false
        }
        if isDone { continuation.resume() }
    }

    private func end(_ name: UInt64, isCancelled: Bool) {
        let continuation = state.withLock { state -> CheckedContinuation<Void, Never>? in
            guard let waiting = state.waiting.removeValue(forKey: name) else {
                if isCancelled { state.cancelled.insert(name) }
                return nil
            }
            for descriptor in waiting.descriptors { _ = martlet_epoll_remove(epoll, descriptor) }
            return waiting.continuation
        }
        continuation?.resume()
    }

    private func run() {
        var names = [UInt64](repeating: 0, count: 16)
        while true {
            let count = martlet_epoll_wait(epoll, &names)
            for name in names.prefix(Int(max(0, count))) { end(name, isCancelled: false) }
        }
    }
}
