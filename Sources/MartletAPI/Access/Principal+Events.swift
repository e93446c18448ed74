import MartletHost
import MartletModel

extension Principal {
    /// Whether an operation is about a machine that they may know of.
    func admits(_ operation: Operation, _ machines: VirtualMachines) -> Bool {
        guard let scope else { return true }
        guard let id = ID<VirtualMachine>(operation.subject) else { return false }
        // By its id also when the machine is gone: its end is still its holder's to see.
        if scope.machines.contains(id) { return true }
        return (try? machines.find("\(id)")).map(admits) ?? false
    }

    /// Whether an event is about a machine that they may know of; disks are told with their machine.
    func admits(_ event: Event, _ machines: VirtualMachines) -> Bool {
        guard let scope else { return true }
        if let machine = event.machine { return admits(machine) }
        if let operation = event.operation { return admits(operation, machines) }
        return ID<VirtualMachine>(event.subject).map(scope.machines.contains) ?? false
    }
}
