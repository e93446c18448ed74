/// When a machine that stopped without being asked to is started again: a planner, pure.
///
/// The first time after a second, then after twice as long each time, up to five minutes; a machine that ran for ten minutes begins
/// again at a second.
package struct RestartBackoff: Hashable, Sendable {
    /// How a guest stopped without being asked to.
    package enum End: Hashable, Sendable, CaseIterable {
        case poweredOff
        /// Its kernel said that it can't go on.
        case panicked
        /// QEMU ended by itself, or somebody killed it.
        case failed
    }

    package static let shortest: Duration = .seconds(1)
    package static let longest: Duration = .seconds(300)
    /// So long a machine runs until what was before doesn't count.
    package static let forgottenAfter: Duration = .seconds(600)

    /// How many starts in a row were none of a person's.
    package private(set) var attempts = 0

    package init() {}

    /// How long to wait until the machine is started again; nil when it stays as it is.
    ///
    /// - Parameter ranFor: how long it had run.
    package mutating func ended(
        _ end: End, policy: VirtualMachineConfiguration.RestartPolicy, ranFor: Duration
    ) -> Duration? {
        guard Self.restarts(end, policy) else {
            attempts = 0
            return nil
        }
        if ranFor >= Self.forgottenAfter { attempts = 0 }
        defer { attempts += 1 }
        return min(Self.longest, Self.shortest * (1 << min(attempts, 10)))
    }

    /// A person took the machine in hand.
    package mutating func reset() { attempts = 0 }

    package static func restarts(_ end: End, _ policy: VirtualMachineConfiguration.RestartPolicy) -> Bool {
        switch policy {
        case .never: false
        case .onFailure: end != .poweredOff
        case .always: true
        }
    }
}
