import FoundationEssentials
package import MartletModel

/// Devices that come and go while the guest runs.
extension QMPClient {
    /// Whether the machine has a device of this id.
    ///
    /// - Throws: as `execute`.
    package func hasDevice(_ id: String) async throws(MartletError) -> Bool {
        try await execute(QOMList(path: "/machine/peripheral")).contains { $0.name == id }
    }

    /// Asks the guest to let a device go, and waits until it has; one that isn't there is done already.
    ///
    /// The guest is asked again now and then: one that boots misses it. When the time is up it still may obey later.
    /// - Throws: `timedOut` when it doesn't let the device go in time; `cancelled`; as `execute`.
    package func removeDevice(_ id: String, timeout: Duration = .seconds(30)) async throws(MartletError) {
        let clock = ContinuousClock()
        let deadline = clock.now + timeout
        var nextRequest = clock.now
        var pause: Duration = .milliseconds(20)
        while try await hasDevice(id) {
            if clock.now >= deadline { throw Self.kept(id, timeout) }
            if clock.now >= nextRequest {
                nextRequest = clock.now + .seconds(5)
                try await requestRemoval(id)
            }
            do { try await clock.sleep(for: pause) } catch {
                throw MartletError(.cancelled, "the wait for the guest to let '\(id)' go was cancelled")
            }
            pause = min(pause * 2, .milliseconds(500))
        }
    }

    /// QEMU refuses while the guest still considers the request before, and when it has obeyed in this very moment.
    private func requestRemoval(_ id: String) async throws(MartletError) {
        do throws(MartletError) {
            _ = try await execute(DeviceDel(id: id))
        } catch  where error.code == .qemuFailed || error.code == .notFound {}
    }

    private static func kept(_ id: String, _ timeout: Duration) -> MartletError {
        MartletError(
            .timedOut,
            "the guest did not let the device '\(id)' go within \(timeout.components.seconds) s; it may be in use, or the guest not be up yet"
        )
    }
}
