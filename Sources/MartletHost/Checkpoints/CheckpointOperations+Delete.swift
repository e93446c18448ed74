import MartletLinux
import MartletModel
import MartletQEMU
import MartletStore

extension CheckpointOperations {
    /// Checkpoints that go, and what of the others and of the machine changes with them.
    struct Delete: Codable, Sendable {
        var machine: ID<VirtualMachine>
        var removed: [Checkpoint]
        /// Those that come from another one afterwards, as they were.
        var before: [Checkpoint]
        var after: [Checkpoint]
        /// What the machine comes from, before and after.
        var comingFrom: ID<Checkpoint>?
        var comesFrom: ID<Checkpoint>?
        /// In bytes a second; nil for no limit.
        var bandwidth: ByteCount?
    }

    struct Merge: Codable, Sendable {
        var machine: ID<VirtualMachine>
        /// In bytes a second; nil for no limit.
        var bandwidth: ByteCount?
    }

    /// Given up before anything was merged, the checkpoints are there again. After that they are gone, since their layers hold no point in
    /// time any more; what is left to merge is merged later.
    static func delete(_ machines: VirtualMachines) -> OperationDefinition {
        OperationDefinition(
            kind: deleteKind,
            input: Delete.self,
            recovery: .finish,
            resume: { try await machines.resumeLayerWork($0.machine, .merging) },
            complete: { await machines.endLayerWork($0.machine) },
            abandon: { input, _ in await machines.endLayerWork(input.machine) },
            steps: [
                TypedStep("forget it") { input, _ in
                    try await machines.driver(input.machine).forget(input)
                } undo: { input, context in
                    try await machines.settledDriver(input.machine).remember(input, context)
                },
                TypedStep("merge what nobody needs", isIrreversible: true) { input, context in
                    let driver = try await machines.settledDriver(input.machine)
                    try await driver.settleLayers(bandwidth: input.bandwidth, context)
                    try await driver.removeFiles(of: input.removed)
                },
            ]
        )
    }

    static func merge(_ machines: VirtualMachines) -> OperationDefinition {
        OperationDefinition(
            kind: mergeKind,
            input: Merge.self,
            recovery: .finish,
            resume: { try await machines.resumeLayerWork($0.machine, .merging) },
            complete: { await machines.endLayerWork($0.machine) },
            abandon: { input, _ in await machines.endLayerWork(input.machine) },
            steps: [
                TypedStep("merge what nobody needs", isIrreversible: true) { input, context in
                    try await machines.settledDriver(input.machine)
                        .settleLayers(bandwidth: input.bandwidth, context)
                }
            ]
        )
    }
}

extension VirtualMachineDriver {
    func forget(_ input: CheckpointOperations.Delete) async throws {
        let writes =
            input.removed.map { StoreWrite.delete(Checkpoint.self, id: "\($0.id)") }
            + (try input.after.map { try StoreWrite.put($0) })
        try await recordComing(from: input.comesFrom, with: writes)
        for checkpoint in input.removed { tools.checkpoints.forget(checkpoint) }
        try publish(input.after)
    }

    func remember(_ input: CheckpointOperations.Delete, _ context: OperationContext) async throws {
        guard input.removed.allSatisfy(isWhole) else {
            try removeFiles(of: input.removed)
            return await context.message(
                "it is gone, since merging it had begun; what is left to merge is merged with the next deletion, or by `martlet checkpoint merge '\(configuration.name)'`"
            )
        }
        let writes = try (input.removed + input.before).map { try StoreWrite.put($0) }
        try await recordComing(from: input.comingFrom, with: writes)
        try publish(input.removed + input.before)
    }

    private func publish(_ checkpoints: [Checkpoint]) throws {
        for checkpoint in checkpoints {
            try Sidecar.write(checkpoint, layout: tools.layout)
            tools.checkpoints.publish(checkpoint)
        }
    }

    /// Whether all that a checkpoint holds is still there.
    private func isWhole(_ checkpoint: Checkpoint) -> Bool {
        checkpoint.disks.allSatisfy { state in
            guard let layer = (try? tools.disks.find("\(state.disk)"))?.layer(state.layer) else { return false }
            return !layer.isMerging
        }
    }

    func removeFiles(of checkpoints: [Checkpoint]) throws {
        for checkpoint in checkpoints { try tools.checkpoints.files(of: checkpoint).remove() }
    }
}
