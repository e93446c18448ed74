import MartletLinux
import MartletModel
import MartletStore

/// The operations on switches: create and delete.
enum SwitchOperations {
    static let createKind = "switch.create"
    static let deleteKind = "switch.delete"

    /// A new switch, decided in full before the first step.
    struct Create: Codable, Sendable {
        var virtualSwitch: VirtualSwitch
        /// The switch that was the default, where the new one becomes it.
        var formerDefault: ID<VirtualSwitch>?
    }

    static func definitions(_ machines: VirtualMachines) -> [OperationDefinition] {
        [create(machines.tools.switches), delete(machines)]
    }

    private static func create(_ switches: Switches) -> OperationDefinition {
        OperationDefinition(
            kind: createKind,
            input: Create.self,
            recovery: .finish,
            resume: { try switches.reserve(name: $0.virtualSwitch.name, for: $0.virtualSwitch.id) },
            abandon: { input, _ in switches.forgetReservation(input.virtualSwitch.id) },
            steps: [
                TypedStep("take its adapter") { input, _ in
                    guard input.virtualSwitch.kind == .external else { return }
                    try await switches.keeper.bringUp(try switches.plan(input.virtualSwitch))
                } undo: { input, _ in
                    guard input.virtualSwitch.kind == .external else { return }
                    try await switches.keeper.takeDown(try switches.plan(input.virtualSwitch))
                },
                TypedStep("record it") { input, _ in
                    try await switches.record(withDefault(input, isDefault: true, switches))
                } undo: { input, _ in
                    try await unrecord(input.virtualSwitch, switches)
                    try await switches.record(
                        withDefault(input, isDefault: false, switches).filter { $0.id != input.virtualSwitch.id })
                },
            ]
        )
    }

    /// The new switch, and the one whose place it takes or gives back.
    private static func withDefault(_ input: Create, isDefault: Bool, _ switches: Switches) -> [VirtualSwitch] {
        guard let id = input.formerDefault, var former = try? switches.find(id) else { return [input.virtualSwitch] }
        former.isDefault = !isDefault
        return [input.virtualSwitch, former]
    }

    private static func unrecord(_ gone: VirtualSwitch, _ switches: Switches) async throws {
        try await switches.store.transaction(
            [.delete(VirtualSwitch.self, id: "\(gone.id)")], durability: .powerLoss)
        try Folder.removeTree(Sidecar.path(of: gone, layout: switches.layout))
        switches.forget(gone.id)
    }

    private static func delete(_ machines: VirtualMachines) -> OperationDefinition {
        let switches = machines.tools.switches
        return OperationDefinition(
            kind: deleteKind,
            input: VirtualSwitch.self,
            recovery: .finish,
            // When only the bridge is left to take down, the switch is not known any more.
            resume: { try? switches.markLeaving($0.id) },
            abandon: { gone, _ in switches.unmarkLeaving(gone.id) },
            steps: [
                TypedStep("forget it") { gone, _ in
                    try machines.requireUnused(gone)
                    try await unrecord(gone, switches)
                } undo: { gone, _ in
                    try await switches.record([gone])
                },
                TypedStep("take it down", isPointOfNoReturn: true) { gone, _ in
                    try await switches.addresses.forget { $0.virtualSwitch == gone.id }
                    guard gone.kind.isBridge, switches.isRoot else { return }
                    try await switches.keeper.takeDown(try switches.plan(gone))
                },
            ]
        )
    }
}
