/// The life of one machine as a pure state machine: what may follow what, and who owns the machine meanwhile.
///
/// ```
///          startRequested            started
///   off ─────────────────▶ starting ─────────▶ running ◀──────▶ paused
///    ▲  ▲                     │                  │   guestPaused /  │
///    │  └── startUndone ──────┘                  │   guestResumed   │
///    │                                           ▼                  ▼
///    └──────────── stopped ──────────────────── stopping ◀── stopRequested
///   failed: from running or paused by `qemuExited` without a shutdown, or by `contactLost`
/// ```
package struct VirtualMachineLife: Hashable, Sendable {
    /// Whether the guest's processors run while QEMU does.
    package enum Execution: Hashable, Sendable {
        case running, paused
        /// QEMU stopped the guest at an I/O error, and it goes on once the cause is gone.
        case critical
    }

    package enum State: Hashable, Sendable {
        /// There is no QEMU. The cause says why it last went off by itself. Can become starting or deleting.
        case off(cause: Failure?)
        /// An operation owns the machine and brings QEMU up. Can become running, paused, off or failed.
        case starting
        /// QEMU runs and answers. Can become stopping, off or failed.
        case live(Execution)
        /// An operation owns the machine and takes QEMU down. Can become off, or live again if that is given up.
        case stopping(was: Execution)
        /// QEMU ended without a shutdown, or runs but does not answer (`isAlive`). Can become starting, live, stopping or off.
        case failed(Failure, isAlive: Bool)
        /// An operation owns the machine and removes it. Ends here, or becomes off again if that is undone.
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

    package private(set) var state: State

    package init(_ state: State = .off(cause: nil)) { self.state = state }

    /// What readers are told.
    package var published: VirtualMachineState {
        switch state {
        case .off, .deleting: .off
        case .starting: .starting
        case .live(.running): .running
        case .live(.paused): .paused
        case .live(.critical): .critical
        case .stopping: .stopping
        case .failed: .failed
        }
    }

    package var cause: Failure? {
        switch state {
        case .off(let cause): cause
        case .failed(let failure, _): failure
        default: nil
        }
    }

    // MARK: Requests

    package mutating func startRequested() -> Verdict {
        switch state {
        case .off, .failed(_, isAlive: false):
            state = .starting
            return .accepted
        case .failed(_, isAlive: true):
            return .refused("has a QEMU that does not answer; end it first with `martlet vm stop --turn-off`")
        case .starting: return .refused("is starting already")
        case .live(.running): return .refused("is running already")
        case .live(.paused): return .refused("is paused; let it go on with `martlet vm resume`")
        case .live(.critical): return .refused("waits for its disk; `martlet vm show` tells why")
        case .stopping: return .refused("is stopping; wait for it with `martlet vm wait`")
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
        case .starting: return .refused("is starting; cancel that operation or wait for it")
        case .stopping: return .refused("is stopping already; cancel that operation to ask otherwise")
        case .deleting: return .refused("is being deleted")
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
        case .off, .failed(_, isAlive: false):
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
            return .refused("is \(published.rawValue); turn it off to change \(list)")
        }
    }

    // MARK: What operations and the watcher report

    /// An operation that a crash interrupted goes on with this machine.
    package mutating func operationResumed(_ state: State) { self.state = state }

    package mutating func started(_ execution: Execution) {
        if state == .starting { state = .live(execution) }
    }

    /// A start that had got as far as running is undone after all: its operation owns the machine again.
    package mutating func startTakenBack() {
        if case .live = state { state = .starting }
    }

    /// The start was undone; `failure` is nil when somebody cancelled it.
    ///
    /// Only what QEMU itself failed at makes the machine `failed`; a host without room for it leaves it off, with the cause.
    package mutating func startUndone(_ failure: Failure?) {
        guard state == .starting else { return }
        if let failure, failure.code == "\(MartletError.Code.qemuFailed)" {
            state = .failed(failure, isAlive: false)
        } else {
            state = .off(cause: failure)
        }
    }

    package mutating func stopped() {
        switch state {
        case .stopping, .live, .failed: state = .off(cause: nil)
        case .off, .starting, .deleting: break
        }
    }

    package mutating func stopAbandoned() {
        if case .stopping(let execution) = state { state = .live(execution) }
    }

    package mutating func deleteUndone() {
        if state == .deleting { state = .off(cause: nil) }
    }

    /// QEMU was found alive at the daemon's start, or answers again.
    package mutating func adopted(_ execution: Execution) {
        switch state {
        case .off, .failed, .live: state = .live(execution)
        case .starting, .stopping, .deleting: break
        }
    }

    package mutating func executionChanged(_ execution: Execution) {
        switch state {
        case .live: state = .live(execution)
        case .stopping: state = .stopping(was: execution)
        default: break
        }
    }

    /// QEMU lives and does not answer.
    package mutating func contactLost(_ failure: Failure) {
        switch state {
        case .live, .off: state = .failed(failure, isAlive: true)
        case .failed(_, isAlive: true): state = .failed(failure, isAlive: true)
        default: break
        }
    }

    /// QEMU's process has ended. `shutdown` tells an end that the guest or we asked for from one that nobody did.
    package mutating func qemuExited(shutdown: Bool, cause: Failure?) -> QEMUExitedAction {
        switch state {
        case .live, .failed(_, isAlive: true):
            if shutdown {
                state = .off(cause: cause)
            } else {
                state = .failed(
                    cause ?? Failure(code: "qemuFailed", message: "QEMU ended for an unknown reason"),
                    isAlive: false
                )
            }
            return .cleanUp
        case .starting, .stopping: return .leaveToOperation
        case .off, .failed, .deleting: return .none
        }
    }
}
