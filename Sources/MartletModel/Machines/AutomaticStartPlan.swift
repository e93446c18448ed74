/// Which machines a host starts by itself after it has booted, and when: a planner, pure.
package struct AutomaticStartPlan: Hashable, Sendable, Codable {
    /// A machine that is to be started, and how long after the boot.
    package struct Entry: Hashable, Sendable, Codable {
        package var machine: ID<VirtualMachine>
        /// Seconds after the host's daemon started.
        package var delayInSeconds: Int

        package init(machine: ID<VirtualMachine>, delayInSeconds: Int) {
            self.machine = machine
            self.delayInSeconds = delayInSeconds
        }
    }

    /// The soonest first, and those of the same delay by name.
    package var entries: [Entry]

    /// - Parameter wanted: those that ran when the host went down, or were stopped by its going down.
    package init(_ machines: [VirtualMachine], wanted: Set<ID<VirtualMachine>>) {
        let chosen = machines.filter { machine in
            guard [.off, .saved, .failed].contains(machine.state) else { return false }
            switch machine.configuration.automaticStart.action {
            case .nothing: return false
            case .start: return true
            case .startIfRunning: return wanted.contains(machine.id)
            }
        }
        entries =
            chosen
            .sorted {
                let (left, right) = ($0.configuration.automaticStart, $1.configuration.automaticStart)
                return (left.delayInSeconds, $0.name) < (right.delayInSeconds, $1.name)
            }
            .map { Entry(machine: $0.id, delayInSeconds: $0.configuration.automaticStart.delayInSeconds) }
    }
}
