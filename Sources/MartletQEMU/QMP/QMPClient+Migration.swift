package import MartletModel

/// The guest's state as a stream, which QEMU calls a migration.
extension QMPClient {
    /// How long QEMU may take to tell of a stream, or to give one up.
    private static let patience: Duration = .seconds(60), cancelTimeout: Duration = .seconds(30)
    /// For memory that is read and written nowhere; terabytes take minutes.
    private static let streamTimeout: Duration = .seconds(3_600)

    /// Has QEMU give up a stream that is under way; without one nothing happens. A cancelled task waits for it all the same.
    ///
    /// - Throws: `timedOut` when it doesn't; as `execute`.
    package func giveUpStream() async throws(MartletError) {
        let end = ContinuousClock.now + Self.cancelTimeout
        while try await execute(QueryMigrate(), timeout: Self.patience).isUnderWay {
            guard ContinuousClock.now < end else {
                throw MartletError(.timedOut, "qemu doesn't give up writing the guest's state")
            }
            _ = try? await execute(MigrateCancel())
            await Task.detached { try? await Task.sleep(for: .milliseconds(20)) }.value
        }
    }

    /// Waits for the end of a stream, whatever it is, also in a task that was cancelled.
    ///
    /// - Throws: `timedOut`; as `execute`.
    package func waitForStream() async throws(MartletError) {
        let end = ContinuousClock.now + Self.streamTimeout
        while try await execute(QueryMigrate(), timeout: Self.patience).isUnderWay {
            guard ContinuousClock.now < end else {
                throw MartletError(.timedOut, "qemu doesn't come to an end with writing the guest's state")
            }
            await Task.detached { try? await Task.sleep(for: .milliseconds(20)) }.value
        }
    }

    /// Whether a stream of a guest that stands still is whole and QEMU has put the guest down: a stream is `completed` an instant
    /// before, and the guest can't go on in between (QEMU 7.2: "Migration is not finalized yet").
    ///
    /// - Throws: as `execute`.
    package func isBehindStream() async throws(MartletError) -> Bool {
        try await execute(QueryStatus()).status == "postmigrate"
    }

    /// Leaves a guest paused as before its stream was written. QEMU 7.2 takes the disks in hand again, and writes another stream,
    /// only when the guest went on; so it runs for an instant.
    ///
    /// - Throws: as `execute`.
    package func pauseBehindStream() async throws(MartletError) {
        guard try await isBehindStream() else { return }
        try await execute(Cont())
        try await execute(Stop())
    }
}
