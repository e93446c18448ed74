import MartletModel

/// What a driver knows of starting its machine again by itself.
struct MachineRestarts {
    /// Who such a start is by.
    static let principal = Principal(name: "restart policy", role: .administrator)

    var backoff = RestartBackoff()
    /// Since when the present QEMU has run, or the last one ran.
    var heldSince = ContinuousClock.now
    /// Waits until it is time.
    var waiting: Task<Void, Never>?
    /// Whether the start under way is one of ours, so that its failure is one more end.
    var isUnderWay = false
}
