/// What a machine was last seen to be.
package struct VirtualMachineStatus: Hashable, Sendable, Codable {
    package var state: VirtualMachineState
    /// When it came into this state.
    package var since: Moment
    /// When its guest was started; nil while it is off.
    package var started: Moment?
    /// QEMU's process id; nil while there is none.
    package var processID: Int32?
    package var accelerator: Accelerator?
    /// Why it is `failed`, with the last lines of QEMU's log in the detail `log`; or why it last went off by itself.
    package var cause: Failure?
    /// How much its saved state takes on the disk; nil unless it is saved.
    package var savedState: ByteCount?
    /// What isn't as it should be while it runs, a sentence each; nil for nothing.
    package var warnings: [String]?
    /// What its guest tells of itself; nil until it has answered.
    package var guest: GuestStatus?

    package init(
        state: VirtualMachineState,
        since: Moment,
        started: Moment? = nil,
        processID: Int32? = nil,
        accelerator: Accelerator? = nil,
        cause: Failure? = nil,
        savedState: ByteCount? = nil,
        warnings: [String] = [],
        guest: GuestStatus? = nil
    ) {
        self.state = state
        self.since = since
        self.started = started
        self.processID = processID
        self.accelerator = accelerator
        self.cause = cause
        self.savedState = savedState
        self.warnings = warnings.isEmpty ? nil : warnings
        self.guest = guest
    }
}

/// Where a machine is in its life; `VirtualMachineLife` says what can follow what.
package enum VirtualMachineState: String, Sendable, Codable, CaseIterable {
    case off, starting, running, paused
    /// Stopped by the host, because a disk failed or has no room; it goes on by itself once that is over.
    case critical
    case saving
    /// Its memory and devices are in a file; a start goes on from there.
    case saved
    case stopping, failed
}

/// What executes the guest's instructions.
package enum Accelerator: String, Sendable, Codable, CaseIterable {
    /// The processor itself, through KVM.
    case kvm
    /// Software emulation: tens of times slower.
    case tcg
}
