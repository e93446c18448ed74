/// The life of one machine as a pure state machine: what may follow what, and who owns the machine meanwhile.
///
/// ```
///          startRequested            started
///   off ─────────────────▶ starting ─────────▶ running ◀──────▶ paused
///    ▲  ▲                     │                  │   guestPaused /  │
///    │  └── startUndone ──────┘                  │   guestResumed   │
///    │                                           ▼                  ▼
///    ├──────────── stopped ──────────────────── stopping ◀── stopRequested
///    │                                           │
///    └── discarded ── saved ◀── saved ── saving ◀┘ saveRequested
///                       └─ startRequested ─▶ restoring ── started ─▶ running or paused
///   restarting: from running by `restartRequested`, through a stop and a start, to running
///   failed: from running or paused by `qemuExited` without a shutdown, or by `contactLost`
/// ```
package struct VirtualMachineLife: Hashable, Sendable {
    /// Whether the guest's processors run while QEMU does.
    package enum Execution: Hashable, Sendable {
        case running, paused
        /// QEMU stopped the guest at an I/O error, and it goes on once the cause is gone.
        case critical
    }

    /// Who owns the machine, with what is known only then.
    package enum State: Hashable, Sendable {
        /// There is no QEMU. The cause says why it last went off by itself. Can become starting or deleting.
        case off(cause: Failure?)
        /// There is no QEMU; its memory and devices are in a file. The cause says why it could not be restored. Can become restoring,
        /// starting (the file is thrown away then), discarding or deleting.
        case saved(cause: Failure?)
        /// An operation owns the machine and brings QEMU up. Can become running, paused, off, saved or failed.
        case starting
        /// An operation owns the machine and brings it back from its saved state. Can become running, paused, saved, off or failed.
        case restoring
        /// QEMU runs and answers. Can become stopping, off or failed.
        case live(Execution)
        /// An operation owns the machine and takes QEMU down. Can become off, or live again if that is given up.
        case stopping(was: Execution)
        /// An operation owns the machine, takes QEMU down (`isDown`: it has) and brings it up again. Can become running, paused, off or
        /// failed.
        case restarting(isDown: Bool)
        /// An operation owns the machine and writes its memory and devices to a file. Can become saved, live again or failed.
        case saving(was: Execution)
        /// An operation owns the machine and throws its saved state away. Can become off, or saved again.
        case discarding
        /// An operation owns the machine and takes it back to a checkpoint. Can become off or saved; live again if that is given up in time.
        case applying
        /// QEMU ended without a shutdown, or runs but does not answer (`isAlive`). Can become starting, live, stopping or off.
        case failed(Failure, isAlive: Bool)
        /// An operation owns the machine and removes it. Ends here, or becomes off or saved again if that is undone.
        case deleting
    }

    /// What came of a request.
    package enum Verdict: Hashable, Sendable {
        case accepted
        /// The request can't be met in this state; the text goes on after `'name' `.
        case refused(String)
    }

    /// What whoever watches QEMU does after it has ended.
    package enum QEMUExitedAction: Hashable, Sendable {
        /// Nobody else will: take down what the machine held.
        case cleanUp
        /// An operation owns the machine and takes it down.
        case leaveToOperation
        case none
    }

    package internal(set) var state: State
    /// That the guest of this QEMU broke down, as it said itself; nil since it was reset.
    package internal(set) var panic: Failure?

    package init(_ state: State = .off(cause: nil)) { self.state = state }

    /// What readers are told.
    package var published: VirtualMachineState {
        switch state {
        case .off, .deleting: .off
        case .saved, .discarding: .saved
        case .starting, .restoring, .restarting(isDown: true): .starting
        case .saving: .saving
        case .live(.running): .running
        case .live(.paused): .paused
        case .live(.critical): .critical
        case .stopping, .restarting(isDown: false), .applying: .stopping
        case .failed: .failed
        }
    }

    package var cause: Failure? {
        switch state {
        case .off(let cause), .saved(let cause): cause
        case .failed(let failure, _): failure
        case .live: panic
        default: nil
        }
    }

    /// Whether an operation has the machine in hand.
    package var isOwned: Bool {
        switch state {
        case .starting, .restoring, .stopping, .restarting, .saving, .discarding, .applying, .deleting: true
        case .off, .saved, .live, .failed: false
        }
    }

    // MARK: Requests

    /// - Parameter discardingState: whether a saved machine starts anew rather than where it was.
    package mutating func startRequested(discardingState: Bool = false) -> Verdict {
        switch state {
        case .off, .failed(_, isAlive: false):
            state = .starting
            return .accepted
        case .saved:
            state = discardingState ? .starting : .restoring
            return .accepted
        case .failed(_, isAlive: true):
            return .refused("has a QEMU that does not answer; end it first with `martlet vm stop --turn-off`")
        case .starting, .restoring: return .refused("is starting already")
        case .restarting: return .refused("is being restarted")
        case .live(.running): return .refused("is running already")
        case .live(.paused): return .refused("is paused; let it go on with `martlet vm resume`")
        case .live(.critical): return .refused("waits for its disk; `martlet vm show` tells why")
        case .stopping: return .refused("is stopping; wait for it with `martlet vm wait`")
        case .saving: return .refused("is being saved; wait for it with `martlet vm wait --state saved`")
        case .discarding: return .refused("is losing its saved state just now; try again")
        case .applying: return .refused("is being taken back to a checkpoint; wait for that")
        case .deleting: return .refused("is being deleted")
        }
    }

    package mutating func stopRequested(turnOff: Bool) -> Verdict {
        switch state {
        case .live(.critical) where !turnOff:
            return .refused("waits for its disk and can't answer; mend that, or pull the plug with `--turn-off`")
        case .live(.paused) where !turnOff:
            return .refused("is paused and can't answer; resume it first, or pull the plug with `--turn-off`")
        case .live(let execution):
            state = .stopping(was: execution)
            return .accepted
        case .failed(_, isAlive: true) where turnOff:
            state = .stopping(was: .running)
            return .accepted
        case .failed(_, isAlive: true): return .refused("does not answer; pull the plug with `--turn-off`")
        case .off, .failed: return .refused("is off already")
        case .saved, .discarding:
            return .refused("is saved and doesn't run; throw its state away with `martlet vm discard`")
        case .starting, .restoring: return .refused("is starting; cancel that operation or wait for it")
        case .restarting: return .refused("is being restarted; cancel that operation or wait for it")
        case .saving: return .refused("is being saved; cancel that operation or wait for it")
        case .stopping: return .refused("is stopping already; cancel that operation to ask otherwise")
        case .applying: return .refused("is being taken back to a checkpoint; wait for that")
        case .deleting: return .refused("is being deleted")
        }
    }

    package mutating func restartRequested(turnOff: Bool) -> Verdict {
        switch state {
        case .live(.critical) where !turnOff:
            return .refused("waits for its disk and can't answer; mend that, or pull the plug with `--turn-off`")
        case .live(.paused) where !turnOff:
            return .refused("is paused and can't answer; resume it first, or pull the plug with `--turn-off`")
        case .live:
            state = .restarting(isDown: false)
            return .accepted
        case .failed(_, isAlive: true) where turnOff:
            state = .restarting(isDown: false)
            return .accepted
        case .failed(_, isAlive: true): return .refused("does not answer; pull the plug with `--turn-off`")
        case .restarting: return .refused("is being restarted already")
        case .off, .failed, .saved: return .refused("is \(published.rawValue); start it with `martlet vm start`")
        default: return .refused("is \(published.rawValue); wait for it with `martlet vm wait`")
        }
    }

    package mutating func saveRequested() -> Verdict {
        switch state {
        case .live(.critical):
            return .refused("waits for its disk, and what it has under way can't be saved; mend that first")
        case .live(let execution):
            state = .saving(was: execution)
            return .accepted
        case .saving: return .refused("is being saved already")
        case .saved: return .refused("is saved already")
        case .failed(_, isAlive: true): return .refused("does not answer and can't be saved")
        default: return .refused("is \(published.rawValue); only a running or paused machine can be saved")
        }
    }

    package mutating func discardRequested() -> Verdict {
        switch state {
        case .saved:
            state = .discarding
            return .accepted
        case .discarding: return .refused("is losing its saved state already")
        case .restoring: return .refused("is being restored; cancel that operation first")
        default: return .refused("is \(published.rawValue); only a saved machine has a state to throw away")
        }
    }

    package func pauseRequested() -> Verdict {
        switch state {
        case .live(.running): .accepted
        case .live(.paused): .refused("is paused already")
        case .live(.critical): .refused("waits for its disk; `martlet vm show` tells why")
        default: .refused("is \(published.rawValue); only a running machine can be paused")
        }
    }

    package func resumeRequested() -> Verdict {
        switch state {
        case .live(.paused), .live(.critical): .accepted
        case .live(.running): .refused("is running already")
        default: .refused("is \(published.rawValue); only a paused machine can be resumed")
        }
    }

    package func resetRequested() -> Verdict {
        if case .live = state { return .accepted }
        return .refused("is \(published.rawValue); only a running or paused machine can be reset")
    }

    package mutating func deleteRequested() -> Verdict {
        switch state {
        case .off, .saved, .failed(_, isAlive: false):
            state = .deleting
            return .accepted
        case .deleting: return .refused("is being deleted already")
        default: return .refused("is \(published.rawValue); stop it first with `martlet vm stop`")
        }
    }

    /// - Parameter changes: what of the change can't be made while the guest runs, as people call it.
    package func updateRequested(needsOff changes: [String]) -> Verdict {
        switch state {
        case .off, .failed(_, isAlive: false): return .accepted
        case .deleting: return .refused("is being deleted")
        default:
            guard let first = changes.first else { return .accepted }
            let list = changes.count == 1 ? first : changes.joined(separator: ", ")
            if published == .saved {
                return .refused(
                    "is saved, and what it goes on with must not change: start it, or throw its state away with "
                        + "`martlet vm discard`, to change \(list)")
            }
            return .refused("is \(published.rawValue); turn it off to change \(list)")
        }
    }

    // MARK: What operations and the watcher report

    /// An operation that a crash interrupted goes on with this machine.
    package mutating func operationResumed(_ state: State) { self.state = state }

    package mutating func started(_ execution: Execution) {
        switch state {
        case .starting, .restoring, .restarting: state = .live(execution)
        default: break
        }
    }

    /// A start that had got as far as running is undone after all: its operation owns the machine again.
    package mutating func startTakenBack() {
        if case .live = state { state = .starting }
    }

    /// The machine of a restart is down and comes up again.
    package mutating func downForRestart() {
        if case .restarting = state { state = .restarting(isDown: true) }
    }

    /// The start was undone; `failure` is nil when somebody cancelled it, and `isSaved` says that its saved state is still there.
    ///
    /// Only what QEMU itself failed at makes the machine `failed`; a host without room for it leaves it off, with the cause.
    package mutating func startUndone(_ failure: Failure?, isSaved: Bool = false) {
        switch state {
        case .starting, .restoring, .restarting: break
        default: return
        }
        if isSaved {
            state = .saved(cause: failure)
        } else if let failure, failure.code == "\(MartletError.Code.qemuFailed)" {
            state = .failed(failure, isAlive: false)
        } else {
            state = .off(cause: failure)
        }
    }

    /// QEMU has ended, and all that it had is in a file.
    package mutating func saved() {
        if case .saving = state { state = .saved(cause: nil) }
    }

    /// The save was undone. The guest goes on as `execution` says; nil when there is no QEMU any more, for the reason given.
    package mutating func saveUndone(_ execution: Execution?, _ failure: Failure?) {
        guard case .saving = state else { return }
        if let execution {
            state = .live(execution)
        } else {
            let unknown = Failure(code: "qemuFailed", message: "QEMU ended while its state was saved")
            state = .failed(failure ?? unknown, isAlive: false)
        }
    }

    /// What `discardRequested` began has ended; `isSaved` says that the state is still there.
    package mutating func discardEnded(isSaved: Bool) {
        if state == .discarding { state = isSaved ? .saved(cause: nil) : .off(cause: nil) }
    }

    package mutating func stopped() {
        switch state {
        case .stopping, .live, .failed: state = .off(cause: nil)
        case .off, .saved, .starting, .restoring, .restarting, .saving, .discarding, .applying, .deleting: break
        }
        panic = nil
    }

    /// A stop, or the stop of a restart, was given up: the guest runs on.
    package mutating func stopAbandoned() {
        switch state {
        case .stopping(let execution): state = .live(execution)
        case .restarting: state = .live(.running)
        default: break
        }
    }

    package mutating func deleteUndone(isSaved: Bool = false) {
        if state == .deleting { state = isSaved ? .saved(cause: nil) : .off(cause: nil) }
    }

    /// QEMU was found alive at the daemon's start, or answers again.
    package mutating func adopted(_ execution: Execution) {
        switch state {
        case .off, .saved, .failed, .live: state = .live(execution)
        case .starting, .restoring, .stopping, .restarting, .saving, .discarding, .applying, .deleting: break
        }
    }

    package mutating func executionChanged(_ execution: Execution) {
        switch state {
        case .live: state = .live(execution)
        case .stopping: state = .stopping(was: execution)
        default: break
        }
    }

    /// The guest said that it broke down; what it does next is its own choice.
    package mutating func guestPanicked(_ failure: Failure) { panic = failure }

    /// The guest began anew within the same QEMU.
    package mutating func guestReset() { panic = nil }

    /// QEMU lives and does not answer.
    package mutating func contactLost(_ failure: Failure) {
        switch state {
        case .live, .off, .saved: state = .failed(failure, isAlive: true)
        case .failed(_, isAlive: true): state = .failed(failure, isAlive: true)
        default: break
        }
    }

    /// QEMU's process has ended. `shutdown` tells an end that the guest or we asked for from one that nobody did.
    package mutating func qemuExited(shutdown: Bool, cause: Failure?) -> QEMUExitedAction {
        defer { panic = nil }
        switch state {
        case .live, .failed(_, isAlive: true):
            if shutdown {
                state = .off(cause: cause ?? panic)
            } else {
                state = .failed(
                    cause ?? Failure(code: "qemuFailed", message: "QEMU ended for an unknown reason"),
                    isAlive: false
                )
            }
            return .cleanUp
        case .starting, .restoring, .stopping, .restarting, .saving, .applying: return .leaveToOperation
        case .off, .saved, .failed, .discarding, .deleting: return .none
        }
    }
}
