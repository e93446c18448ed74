import MartletModel
import MartletQEMU

/// What QEMU tells of its guest.
extension VirtualMachineDriver {
    /// Whether the guest's processors run, as QEMU says now.
    func queryExecution() async throws -> VirtualMachineLife.Execution {
        let status = try await requireQMP().execute(QueryStatus())
        guard status.status == "io-error" else {
            storageFault = nil
            return status.running ? .running : .paused
        }
        try await findStorageFault()
        return .critical
    }

    func handle(_ event: QMPEvent) {
        switch event {
        case .shutdown(let guest, let reason): shutdown = QEMUShutdown(guest: guest, reason: reason)
        case .reset:
            turn { $0.guestReset() }
            Task { await self.memoryWasReset() }
        case .stop:
            if storageFault == nil, !isHeldStill { turn { $0.executionChanged(.paused) } }
            guestExecutes(false)
        case .resume:
            storageFault = nil
            if !isHeldStill { turn { $0.executionChanged(.running) } }
            guestExecutes(true)
        case .portChanged(QMPEvent.guestServicesPort, _): guestPortChanged()
        case .deviceDeleted(let device): deviceAnswered(device, released: true)
        case .deviceUnplugRefused(let device): deviceAnswered(device, released: false)
        case .blockIOError(let error): diskFailed(error)
        case .guestPanicked: guestPanicked()
        case .watchdog(let action): watchdogRanOut(action)
        default: break
        }
    }

    /// QEMU is about to end, and this is why.
    func shutdownAnnounced(_ shutdown: QEMUShutdown) { self.shutdown = shutdown }
}
