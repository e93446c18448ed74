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
    func apply(
        _ action: VirtualMachineConfiguration.WatchdogAction,
        inPlaceOf old: VirtualMachineConfiguration.WatchdogAction
    ) async throws(MartletError) {
        guard isAlive, action != old else { return }
        _ = try await requireQMP().execute(WatchdogSetAction(action: action.qemuName))
    }

    /// The change did not come about: what follows is what is recorded.
    func takeBack(
        _ action: VirtualMachineConfiguration.WatchdogAction,
        unless recorded: VirtualMachineConfiguration.WatchdogAction
    ) async {
        do {
            try await apply(recorded, inPlaceOf: action)
        } catch {
            tools.logger.warning(
                "a watchdog's action can't be taken back until the machine stops",
                metadata: ["vm": "\(configuration.name)", "error": "\(error)"])
        }
    }
}

extension QEMUShutdown {
    static let watchdog = QEMUShutdown(guest: true, reason: "watchdog")
}
