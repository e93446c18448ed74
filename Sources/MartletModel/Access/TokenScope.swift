/// The machines that a token is held to: those that it names, and those that have all of its labels.
package struct TokenScope: Hashable, Sendable, Codable {
    /// Named once and for all: a machine that is made later under the same name is another one.
    package var machines: [ID<VirtualMachine>]
    /// Looked at with each request: a machine that is given them comes in, one that loses them goes out. None admit nothing.
    package var labels: [String: String]

    package init(machines: [ID<VirtualMachine>] = [], labels: [String: String] = [:]) {
        self.machines = machines
        self.labels = labels
    }

    package func admits(_ machine: VirtualMachine) -> Bool {
        machines.contains(machine.id) || !labels.isEmpty && machine.has(labels)
    }
}

extension VirtualMachine {
    /// Whether it has each of these labels, with this value.
    package func has(_ labels: [String: String]) -> Bool {
        labels.allSatisfy { configuration.labels[$0.key] == $0.value }
    }
}
