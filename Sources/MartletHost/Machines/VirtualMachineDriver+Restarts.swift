import Logging
import MartletLinux
import MartletModel
import MartletStore

/// A guest that stops without being asked to, and what follows.
extension VirtualMachineDriver {
    /// Notes, durably, whether the machine is to run.
    func wantRunning(_ wanted: Bool) async {
        guard wanted != isWanted else { return }
        isWanted = wanted
        do {
            let write: StoreWrite = try wanted ? .put(WantedRun(machine: id)) : .delete(WantedRun.self, id: "\(id)")
            try await tools.store.transaction([write], durability: .powerLoss)
        } catch {
            tools.logger.error(
                "whether a machine is to run when the host comes up can't be kept",
                metadata: ["vm": "\(configuration.name)", "error": "\(error)"])
        }
    }

    /// The guest's kernel said that it can't go on. With a restart policy it is given the time of a back-off to help itself.
    func guestPanicked() {
        tools.logger.warning("a guest panicked", metadata: ["vm": "\(configuration.name)"])
        let time = tools.environment.now()
        let message = "its guest panicked at \(time); its console's log may say why"
        turn { $0.guestPanicked(Failure(code: "\(MartletError.Code.guestFailed)", message: message)) }
        guard case .live = life.state else { return }
        restartLater(.panicked)
    }

    /// QEMU is gone and nobody had asked for it.
    func endedByItself(_ end: RestartBackoff.End) async {
        guard !life.isOwned else { return }
        if !restartLater(end), end == .poweredOff { await wantRunning(false) }
    }

    /// Begins to wait for the time of the next start, if the machine's policy has it started.
    @discardableResult
    func restartLater(_ end: RestartBackoff.End) -> Bool {
        restarts.waiting?.cancel()
        restarts.waiting = nil
        restarts.isUnderWay = false
        let ranFor = ContinuousClock.now - restarts.heldSince
        let policy = configuration.restartPolicy
        guard let delay = restarts.backoff.ended(end, policy: policy, ranFor: ranFor) else { return false }
        tools.logger.notice(
            "a machine will be started again",
            metadata: ["vm": "\(configuration.name)", "inSeconds": "\(delay.components.seconds)"])
        let sleep = tools.environment.sleep
        restarts.waiting = Task {
            do { try await sleep(delay) } catch { return }
            await self.restartNow()
        }
        return true
    }

    /// It is time; somebody may have acted meanwhile, or the guest helped itself.
    private func restartNow() async {
        // Called off between the end of the wait and this turn.
        guard !Task.isCancelled else { return }
        restarts.waiting = nil
        guard RestartBackoff.restarts(.panicked, configuration.restartPolicy) else { return }
        do {
            switch life.state {
            case .off, .saved, .failed(_, isAlive: false):
                _ = try await start(paused: false, revision: nil, by: MachineRestarts.principal)
            case .live where life.panic != nil:
                _ = try await restart(
                    turnOff: true, timeout: .seconds(1), revision: nil, by: MachineRestarts.principal)
            default: return
            }
            restarts.isUnderWay = true
        } catch {
            tools.logger.error(
                "a machine can't be started again", metadata: ["vm": "\(configuration.name)", "error": "\(error)"])
        }
    }

    /// A start came to nothing; one of ours is tried again later.
    func startFailed() {
        if restarts.isUnderWay { restartLater(.failed) }
    }

    /// Somebody takes the machine in hand: what was planned for it is off.
    func takenInHand(by principal: Principal) {
        guard principal != MachineRestarts.principal else { return }
        restarts.waiting?.cancel()
        restarts.waiting = nil
        restarts.isUnderWay = false
        restarts.backoff.reset()
    }

    /// A new daemon finds the machine down that is to run, and its policy has it started.
    func restartAfterDaemon() {
        // One that the host itself stopped has no cause to tell.
        guard isWanted, !life.isOwned, !isAlive, life.published != .saved, life.cause != nil else { return }
        restartLater(.failed)
    }
}
