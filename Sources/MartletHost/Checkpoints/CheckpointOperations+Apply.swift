import MartletLinux
import MartletModel
import MartletQEMU
import MartletStore

extension CheckpointOperations {
    /// A machine taken back to a checkpoint, decided in full before the first step.
    struct Apply: Codable, Sendable {
        /// A disk as it is, and what it goes back to.
        struct Return: Codable, Sendable {
            var before: Disk
            var layer: ID<DiskLayer>
            /// What is written to from then on.
            var file: DiskFile
        }

        var checkpoint: Checkpoint
        var before: VirtualMachineConfiguration
        var after: VirtualMachineConfiguration
        var disks: [Return]
        /// Those that the machine hadn't then and no checkpoint has: they stay, and are nobody's.
        var freed: [Disk]
        /// What could not be brought back, a sentence each.
        var messages: [String]
        var machine: ID<VirtualMachine> { before.id }
    }

    /// What the machine is now goes only when all that is needed is there. After it was turned off everything can be undone again, and the
    /// machine is off then, with the disks that it had.
    static func apply(_ machines: VirtualMachines) -> OperationDefinition {
        let (tools, disks) = (machines.tools, machines.tools.disks)
        return OperationDefinition(
            kind: applyKind,
            input: Apply.self,
            recovery: .finish,
            resume: { input in
                try await machines.takeUp(input.machine, as: .applying)
                try await machines.resumeLayerWork(input.machine, .applying)
            },
            complete: { await machines.completeApply($0.machine) },
            abandon: { input, failure in
                guard let driver = try? machines.driver(input.machine) else { return }
                await driver.endLayerWork()
                await driver.giveUpApply(failure)
            },
            steps: [
                TypedStep("make its disks anew") { input, _ in
                    for item in input.disks {
                        let disk = try disks.find("\(item.before.id)")
                        guard let below = disk.layer(item.layer)?.file else {
                            throw MartletError(.notFound, "what '\(disk.name)' held at the checkpoint is gone")
                        }
                        try await disks.makeOverlay(item.file, of: disk, over: below)
                    }
                } undo: { input, _ in
                    for item in input.disks { try disks.remove(item.file, unlessOf: item.before.id) }
                },
                TypedStep("check its memory") { input, _ in
                    try await machines.driver(input.machine).checkMemory(of: input)
                },
                TypedStep("turn it off", isIrreversible: true) { input, _ in
                    try await machines.settledDriver(input.machine).turnOffToApply()
                },
                TypedStep("take its disks back") { input, _ in
                    try await machines.settledDriver(input.machine).recordApplied(input)
                } undo: { input, _ in
                    try await machines.settledDriver(input.machine).unrecordApplied(input)
                },
                TypedStep("give it its memory") { input, _ in
                    let driver = try await machines.settledDriver(input.machine)
                    try await driver.placeMemory(of: input)
                } undo: { input, _ in
                    let state = SavedState(of: input.before, layout: tools.layout)
                    try FileEntry.unlink(state.path, ifSameAs: tools.checkpoints.files(of: input.checkpoint).state.path)
                },
                TypedStep("let go of what it was", isPointOfNoReturn: true) { input, context in
                    let driver = try await machines.settledDriver(input.machine)
                    for message in input.messages { await context.message(message) }
                    try await driver.letGo(of: input, context)
                },
            ]
        )
    }
}

extension VirtualMachineDriver {
    /// - Throws: as `SavedState.check`.
    func checkMemory(of input: CheckpointOperations.Apply) async throws {
        guard input.checkpoint.kind == .standard else { return }
        let (state, accelerator) = (tools.checkpoints.files(of: input.checkpoint).state, tools.accelerator)
        _ = try await BlockingWork.run { () throws(MartletError) in
            try state.check(input.after, accelerator: accelerator)
        }
    }

    /// The guest is not asked: what it holds is thrown away.
    func turnOffToApply() async throws {
        if let identity = process, identity.isAlive { try await pullPlug(identity) }
        await settled()
        // What was saved of the guest fits the disks that the machine is about to lose.
        if !hasPlacedMemory { try savedState.remove() }
        savedStateSize = nil
        await wantRunning(false)
        try await cleanUp()
    }

    /// Whether the saved state is a checkpoint's already, as when this is done again.
    private var hasPlacedMemory: Bool {
        tools.checkpoints.tree(of: id).checkpoints.contains { checkpoint in
            checkpoint.id == configuration.checkpoint && checkpoint.kind == .standard
                && FileEntry.isSame(savedState.path, tools.checkpoints.files(of: checkpoint).state.path)
                && checkpoint.configuration.generationID != configuration.generationID
        }
    }

    func recordApplied(_ input: CheckpointOperations.Apply) async throws {
        var writes: [StoreWrite] = []
        var changed: [Disk] = []
        for item in input.disks {
            var disk = try tools.disks.find("\(item.before.id)")
            disk.goBack(to: item.layer, writingTo: item.file)
            disk.machine = id
            changed.append(disk)
        }
        for disk in input.freed {
            var disk = disk
            disk.machine = nil
            changed.append(disk)
        }
        for disk in changed { writes.append(try .put(disk)) }
        try await change(with: writes) { $0 = input.after.named($0.name) }
        try publish(changed, insteadOf: input.disks.map(\.before))
    }

    func unrecordApplied(_ input: CheckpointOperations.Apply) async throws {
        let before = input.disks.map(\.before) + input.freed
        try await change(with: before.map { try .put($0) }) { $0 = input.before.named($0.name) }
        try publish(
            before,
            insteadOf: input.disks.map { item in
                var disk = item.before
                disk.goBack(to: item.layer, writingTo: item.file)
                return disk
            })
    }

    private func publish(_ disks: [Disk], insteadOf others: [Disk]) throws {
        for disk in disks {
            try Sidecar.write(disk, layout: tools.layout)
            for other in others where other.id == disk.id && other.relativeSidecar != disk.relativeSidecar {
                try Folder.removeTree(tools.layout.absolute(other.relativeSidecar))
            }
            tools.disks.publish(disk)
        }
    }

    /// One more name for the checkpoint's file makes the machine one that is saved.
    func placeMemory(of input: CheckpointOperations.Apply) async throws {
        guard input.checkpoint.kind == .standard else { return }
        try FileEntry.link(tools.checkpoints.files(of: input.checkpoint).state.path, to: savedState.path)
    }

    func letGo(of input: CheckpointOperations.Apply, _ context: OperationContext) async throws {
        try tools.checkpoints.files(of: input.checkpoint).restoreOwnFiles(
            of: configuration, owner: tools.guestUser?.owner)
        if savedState.exists { try await tools.claims.keepDisks(of: configuration) }
        for item in input.disks {
            try tools.disks.remove(item.before.top, unlessOf: item.before.id)
            try await removeLeaves(of: item.before.id, context)
        }
    }

    /// Layers that nothing is above any more; what there is to merge is left for a deletion.
    private func removeLeaves(of id: ID<Disk>, _ context: OperationContext) async throws {
        let needed = tools.checkpoints.layers(of: self.id)
        while let step = LayerPlanner.next(for: try tools.disks.find("\(id)"), needed: needed) {
            guard case .remove = step else { return }
            try await carryOut(step, on: id, bandwidth: nil, context)
        }
    }

    func completeApply() {
        endLayerWork()
        let isSaved = savedState.exists
        savedStateSize = savedState.size
        turn { $0.applied(isSaved: isSaved) }
    }

    func giveUpApply(_ failure: Failure?) async {
        let execution: VirtualMachineLife.Execution? =
            isAlive ? ((try? await queryExecution()) ?? .paused) : nil
        let isSaved = savedState.exists
        if isSaved { savedStateSize = savedState.size }
        turn { $0.applyUndone(execution, isSaved: isSaved, failure) }
    }
}

extension VirtualMachines {
    fileprivate func completeApply(_ id: ID<VirtualMachine>) async { await (try? driver(id))?.completeApply() }
}

extension VirtualMachineConfiguration {
    /// As it is, with the name that the machine has now.
    func named(_ name: String) -> VirtualMachineConfiguration {
        var configuration = self
        configuration.name = name
        return configuration
    }
}
