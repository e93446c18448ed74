/// What may be done with the checkpoints of a machine in which state.
extension VirtualMachineLife {
    /// Whether a checkpoint can be made, or layers be merged: in a state that lasts.
    package func checkpointRequested() -> Verdict {
        switch state {
        case .off, .saved, .failed(_, isAlive: false), .live(.running), .live(.paused): .accepted
        case .live(.critical): .refused("waits for its disk; `martlet vm show` tells why")
        case .failed(_, isAlive: true):
            .refused("has a QEMU that does not answer; end it first with `martlet vm stop --turn-off`")
        case .deleting: .refused("is being deleted")
        default: .refused("is \(published.rawValue); wait for it with `martlet vm wait`")
        }
    }

    /// The machine is turned off if it runs.
    package mutating func applyRequested() -> Verdict {
        switch state {
        case .off, .saved, .failed, .live:
            state = .applying
            return .accepted
        case .applying: return .refused("is being taken back to a checkpoint already")
        case .deleting: return .refused("is being deleted")
        default: return .refused("is \(published.rawValue); wait for it with `martlet vm wait`")
        }
    }

    /// It is as it was at the checkpoint; `isSaved` says that it goes on from there.
    package mutating func applied(isSaved: Bool) {
        guard state == .applying else { return }
        state = isSaved ? .saved(cause: nil) : .off(cause: nil)
        panic = nil
    }

    /// Taking it back was given up. The guest goes on as `execution` says; nil when there is no QEMU any more.
    package mutating func applyUndone(_ execution: Execution?, isSaved: Bool, _ failure: Failure?) {
        guard state == .applying else { return }
        if let execution {
            state = .live(execution)
        } else {
            state = isSaved ? .saved(cause: failure) : .off(cause: failure)
        }
    }
}
