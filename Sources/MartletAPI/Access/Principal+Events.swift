import MartletHost
import MartletModel

extension Principal {
    /// Whether an operation is about a machine that they may know of.
    func admits(_ operation: Operation, _ machines: VirtualMachines) -> Bool {
        admits(ID<VirtualMachine>(operation.subject), machines)
    }

    /// Whether an event is about a machine that they may know of; disks are told with their machine.
    func admits(_ event: Event, _ machines: VirtualMachines) -> Bool {
        if let machine = event.machine { return admits(machine) }
        if let operation = event.operation { return admits(operation, machines) }
        return admits(event.checkpoint?.machine ?? ID<VirtualMachine>(event.subject), machines)
    }

    private func admits(_ id: ID<VirtualMachine>?, _ machines: VirtualMachines) -> Bool {
        guard let scope else { return true }
        guard let id else { return false }
        // By its id also when the machine is gone: its end is still its holder's to see.
        if scope.machines.contains(id) { return true }
        return (try? machines.find("\(id)")).map(admits) ?? false
    }
}
