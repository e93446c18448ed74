package import MartletModel

/// What in a guest puts its data in order for a checkpoint: its agent. A machine whose guest has none has no freezer.
package protocol GuestFreezer: Sendable {
    /// Runs the guest's hooks before, and has its file systems stand still.
    ///
    /// The guest thaws itself once `limit` is over, whatever becomes of the host.
    /// - Returns: what stands still.
    /// - Throws: `unavailable`, `timedOut`, `unsupported`, or the guest's own failure; nothing is frozen then, or soon no more.
    func freeze(limit: Duration) async throws(MartletError) -> FrozenGuest

    /// Has the guest go on, and runs its hooks after.
    ///
    /// - Returns: whether it had stood still until now. If not, what was taken meanwhile is worth no more than after a power loss.
    /// - Throws: `unavailable`, `timedOut`; whether it had stood still isn't known then.
    func thaw() async throws(MartletError) -> Bool
}

/// What stands still in a guest.
package struct FrozenGuest: Sendable, Hashable {
    /// `application` where hooks put programs' data in order as well.
    package var consistency: Checkpoint.Consistency
    /// What is not as it should be, a sentence each.
    package var warnings: [String]

    package init(consistency: Checkpoint.Consistency, warnings: [String] = []) {
        self.consistency = consistency
        self.warnings = warnings
    }
}

/// Finds the freezer of a machine that runs, in place of its guest's own; nil for that.
package typealias GuestFreezers = @Sendable (ID<VirtualMachine>) async -> (any GuestFreezer)?
