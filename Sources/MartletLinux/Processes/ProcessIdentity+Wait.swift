import CMartletLinux
import Dispatch
import Glibc
import MartletModel

extension ProcessIdentity {
    /// Waits until this process has ended, and reaps it if it is a child of ours; `unknown` when it isn't, or was reaped by another waiter.
    ///
    /// No thread waits: the kernel's event queue does, so a thousand of these are cheap. When the task is cancelled it returns
    /// `unknown` at once, and the process is neither ended nor reaped; look at `isAlive`.
    package func waitForExit() async -> ProcessExit {
        guard let descriptor = try? openDescriptor() else { return .unknown }
        await Self.untilReadable(descriptor.number)
        return Self.reap(descriptor)
    }

    /// Whether it ended within this time; a child of ours is then reaped.
    package func hasEnded(within limit: Duration) async -> Bool {
        await withTaskGroup(of: Void.self) { group in
            group.addTask { _ = await waitForExit() }
            group.addTask { try? await Task.sleep(for: limit) }
            await group.next()
            group.cancelAll()
        }
        return !isAlive
    }

    /// Returns when the descriptor is readable or the task is cancelled.
    private static func untilReadable(_ descriptor: Int32) async {
        // Unsafe to the compiler alone: Dispatch sources may be used from any thread, and Dispatch on Linux doesn't declare it.
        nonisolated(unsafe) let source = DispatchSource.makeReadSource(fileDescriptor: descriptor, queue: .global())
        await withTaskCancellationHandler {
            await withCheckedContinuation { continuation in
                // Both ways out lead through the cancel handler, which runs once, after the source let go of the descriptor.
                source.setCancelHandler { continuation.resume() }
                source.setEventHandler { source.cancel() }
                source.activate()
            }
        } onCancel: {
            source.cancel()
        }
    }

    private static func reap(_ descriptor: borrowing OwnedDescriptor) -> ProcessExit {
        var code: Int32 = 0
        var status: Int32 = 0
        guard martlet_pidfd_reap(descriptor.number, &code, &status) == 1 else { return .unknown }
        return code == Int32(CLD_EXITED) ? .code(status) : .signal(status)
    }
}
