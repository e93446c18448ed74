extension VirtualMachineConfiguration {
    /// The most that its guest may come to hold: dynamic memory's maximum, or the memory that stays as it is.
    package var mostMemory: ByteCount { dynamicMemory?.maximum ?? memory }

    /// What the guest has as its memory, and the balloon takes from: what QEMU is started with.
    ///
    /// Fixed while there is a QEMU, and in what was saved of one; a change of `memory` or of the maximum meanwhile leaves it.
    package var guestMemory: ByteCount { startedMemory ?? mostMemory }

    /// What the guest is told to hold when it starts.
    package var initialTarget: ByteCount { min(memory, guestMemory) }

    /// This configuration for a machine without a guest: its next one is started with what is wanted then.
    package var withoutGuestMemory: VirtualMachineConfiguration {
        var new = self
        new.startedMemory = nil
        return new
    }

    /// This configuration in place of `before`, whose guest runs: it remembers what that was started with.
    package func keepingGuestMemory(of before: VirtualMachineConfiguration) -> VirtualMachineConfiguration {
        var new = self
        new.startedMemory = mostMemory == before.guestMemory ? nil : before.guestMemory
        return new
    }
}
