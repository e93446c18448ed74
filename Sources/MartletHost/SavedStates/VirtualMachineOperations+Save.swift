import MartletModel

extension VirtualMachineOperations {
    struct Save: MachineInput {
        var machine: ID<VirtualMachine>
        /// Whether its guest is paused, and stays so when the save is given up.
        var paused: Bool
        /// Whether the host goes down, rather than that somebody wants the machine saved.
        var byHost: Bool
    }

    struct Discard: MachineInput {
        var machine: ID<VirtualMachine>
    }

    /// Order is what makes it safe: the guest stops, its state is written, the file is put in place whole, and only then does QEMU go.
    /// Given up, the file goes first and the guest runs after.
    static func save(_ machines: VirtualMachines) -> OperationDefinition {
        OperationDefinition(
            kind: saveKind,
            input: Save.self,
            recovery: .finish,
            resume: { try await machines.takeUp($0.machine, as: .saving(was: $0.paused ? .paused : .running)) },
            complete: { await (try? machines.driver($0.machine))?.completeSave() },
            abandon: { input, failure in await (try? machines.driver(input.machine))?.giveUpSave(failure) },
            steps: [
                TypedStep("write its memory and devices") { input, context in
                    try await machines.driver(input.machine).writeState(context: context)
                } undo: { input, _ in
                    try await machines.driver(input.machine).takeBackState(paused: input.paused)
                },
                TypedStep("put the saved state in place") { input, _ in
                    try await machines.driver(input.machine).keepState(paused: input.paused)
                } undo: { input, _ in
                    try await machines.driver(input.machine).savedState.remove()
                },
                TypedStep("end QEMU", isPointOfNoReturn: true) { input, _ in
                    try await machines.driver(input.machine).endSaved()
                },
                TypedStep("release what it held", isPointOfNoReturn: true) { input, _ in
                    try await machines.driver(input.machine).releaseSaved(isWanted: input.byHost)
                },
            ]
        )
    }

    /// As long as the saved state is there, all is undone and the machine is saved as before; once it is gone the guest has gone on, and
    /// nothing is undone.
    static func restore(_ machines: VirtualMachines) -> OperationDefinition {
        OperationDefinition(
            kind: restoreKind,
            input: Start.self,
            recovery: .finish,
            resume: { try await machines.takeUp($0.machine, as: .restoring) },
            abandon: { input, failure in await (try? machines.driver(input.machine))?.giveUpRestore(failure) },
            steps: [
                TypedStep("check its saved state") { input, _ in
                    try await machines.driver(input.machine).checkState()
                }
            ] + bringUp(machines, isRestored: true, mayUndo: { await $0.isStateKept }) + [
                TypedStep("read its memory and devices") { input, context in
                    try await machines.driver(input.machine).readState(context: context)
                },
                TypedStep("go on", isIrreversible: true) { input, _ in
                    try await machines.driver(input.machine).goOn(paused: input.paused)
                },
            ]
        )
    }

    static func discard(_ machines: VirtualMachines) -> OperationDefinition {
        OperationDefinition(
            kind: discardKind,
            input: Discard.self,
            recovery: .finish,
            resume: { try await machines.takeUp($0.machine, as: .discarding) },
            abandon: { input, _ in await (try? machines.driver(input.machine))?.giveUpDiscard() },
            steps: [
                TypedStep("remove its saved state", isIrreversible: true) { input, _ in
                    try await machines.driver(input.machine).discardState()
                }
            ]
        )
    }
}
