import MartletModel

/// The names of machines by their ids, for what names a machine by its id alone.
struct MachineNames: Sendable {
    private let names: [String: String]

    init(_ machines: [MachineLine]) {
        names = Dictionary(machines.map { ($0.id, $0.name) }) { first, _ in first }
    }

    /// The name, or the id of a machine that is gone.
    subscript(id: ID<VirtualMachine>) -> String { names[id.description] ?? id.description }
}
