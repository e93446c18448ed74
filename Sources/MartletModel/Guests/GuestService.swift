/// The integration services of a guest. Each can be turned off for a machine; then the host doesn't ask for it, and what hangs
/// on it says so.
package enum GuestService: String, Sendable, Codable, CaseIterable {
    /// Whether the guest's system is well.
    case heartbeat
    /// Shutting down and restarting in good order, also where nothing in the guest listens to the power button.
    case shutdown
    /// The guest's clock is set after it stood still.
    case time
    /// What the guest tells of itself, and values between host and guest.
    case exchange
    /// File systems held still, for production checkpoints and backups.
    case freeze
    /// Copying files.
    case copy
    /// Sessions with the guest's own users.
    case direct
}
