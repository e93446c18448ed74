import Logging
import MartletModel
import MartletQEMU

extension VirtualMachineDriver {
    /// The guest no longer feeds its watchdog; QEMU does what it was told to by itself, and this tells people.
    func watchdogRanOut(_ action: String) {
        let name = configuration.watchdogAction.rawValue
        tools.logger.warning(
            "a guest's watchdog ran out", metadata: ["vm": "\(configuration.name)", "action": "\(name)"])
        // QEMU ends at once, and says so in no other way.
        if action == VirtualMachineConfiguration.WatchdogAction.turnOff.qemuName { shutdownAnnounced(.watchdog) }
        warn(.watchdog, "the guest's watchdog ran out at \(tools.environment.now()); what followed: \(name)")
    }

    /// Lets a running QEMU know what follows from now on.
    ///
    /// - Throws: `unavailable`, `qemuFailed`, `timedOut`.
    func applyWatchdogAction(of new: VirtualMachineConfiguration) async throws(MartletError) {
        guard isAlive, new.watchdogAction != configuration.watchdogAction else { return }
        _ = try await requireQMP().execute(WatchdogSetAction(action: new.watchdogAction.qemuName))
    }
}

extension QEMUShutdown {
    static let watchdog = QEMUShutdown(guest: true, reason: "watchdog")
}
