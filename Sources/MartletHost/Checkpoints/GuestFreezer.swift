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
    /// - Throws: `unavailable`, `timedOut`, or the guest's own failure; whether it had stood still isn't known then.
    func thaw() async throws(MartletError) -> ThawedGuest
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

/// What goes on again in a guest.
package struct ThawedGuest: Sendable, Hashable {
    /// Whether it had stood still until it was told to go on. If not, what was taken meanwhile is worth no more than after a power loss.
    package var wasFrozen: Bool
    /// For how long its file systems stood still, by its own clock, which stands still with its processors.
    package var frozenInMilliseconds: Int
    /// What its hooks could not do, a sentence each: then programs' data may not have been in order until now.
    package var warnings: [String]

    package init(wasFrozen: Bool, frozenInMilliseconds: Int = 0, warnings: [String] = []) {
        self.wasFrozen = wasFrozen
        self.frozenInMilliseconds = frozenInMilliseconds
        self.warnings = warnings
    }
}

/// Chooses the freezer of a machine that runs, given its guest's own. A daemon in use takes that; tests stand between, or in its place.
package typealias GuestFreezers =
    @Sendable (ID<VirtualMachine>, _ own: (any GuestFreezer)?) async -> (any GuestFreezer)?
