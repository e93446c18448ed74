/// What may be done with the disks of a machine in which state.
extension VirtualMachineLife {
    package func attachRequested() -> Verdict {
        switch state {
        case .off, .failed(_, isAlive: false), .live: .accepted
        case .deleting: .refused("is being deleted")
        default: .refused("is \(published.rawValue); a disk can be attached while it is off, running or paused")
        }
    }

    /// A running guest must let go of a disk, which one that stands still can't.
    package func detachRequested() -> Verdict {
        switch state {
        case .off, .failed(_, isAlive: false), .live(.running): .accepted
        case .live(.paused):
            .refused(
                "is paused, and its guest can't let go of a disk; let it go on with `martlet vm resume`, or stop it")
        case .live(.critical): .refused("waits for its disk; `martlet vm show` tells why")
        case .deleting: .refused("is being deleted")
        default: .refused("is \(published.rawValue); a disk can be detached while it is off or running")
        }
    }

    /// - Parameter needsOff: whether this can be done with a disk of a machine that is off alone; the text says what.
    package func diskChangeRequested(needsOff what: String?) -> Verdict {
        switch state {
        case .off, .failed(_, isAlive: false): return .accepted
        case .live where what == nil: return .accepted
        default:
            return .refused("is \(published.rawValue); turn it off to \(what ?? "change its disk")")
        }
    }
}
