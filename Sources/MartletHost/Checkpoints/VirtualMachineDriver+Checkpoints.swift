import MartletLinux
import MartletModel
import MartletQEMU
import MartletStore

/// What people ask of a machine's checkpoints.
extension VirtualMachineDriver {
    func createCheckpoint(
        _ request: CreateCheckpointRequest, revision: Int64?, by principal: Principal
    ) async throws(MartletError) -> Operation {
        try check(revision: revision)
        try requireNoAdapterWork()
        let type = request.type ?? configuration.checkpointType
        let limit = request.freezeLimitInSeconds ?? CheckpointTree.defaultFreezeLimit
        try check(type, limit)
        try require(life.checkpointRequested())
        let hasFreezer = await findFreezer() != nil
        // Much may have happened while the guest was asked.
        try check(revision: revision)
        try requireNoAdapterWork()
        try require(life.checkpointRequested())
        let tree = tools.checkpoints.tree(of: id)
        let now = tools.environment.now()
        let name = request.name ?? tree.defaultName(for: configuration.name, at: now)
        _ = try ResourceName(name)
        try VirtualMachineRules.check(notes: request.notes ?? "")
        try tree.admit(name, of: configuration.name)
        let source: CheckpointOperations.Create.Source =
            switch life.published {
            case .running: .running
            case .paused: .paused
            case .saved: .saved
            default: .off
            }
        var checkpoint = Checkpoint(
            id: tools.environment.makeID(), machine: id, parent: configuration.checkpoint, name: name,
            notes: request.notes ?? "", created: now, asked: type, kind: .production, consistency: .off,
            configuration: configuration, disks: [])
        try aim(&checkpoint, source, hasFreezer: hasFreezer)
        let forks = try planForks()
        checkpoint.disks = forks.map { .init(disk: $0.disk, layer: $0.layer) }
        return try await begin(
            CheckpointOperations.createKind, "make the checkpoint \(name) of \(configuration.name)",
            CheckpointOperations.Create(
                checkpoint: checkpoint, forks: forks, source: source, freezeLimitInSeconds: limit),
            .making(wasRunning: source == .running), by: principal)
    }

    private func check(_ type: CheckpointType, _ limit: Int) throws(MartletError) {
        guard type != .disabled else {
            throw MartletError(
                .wrongState,
                "'\(configuration.name)' is to have no checkpoints; change that with `martlet vm set '\(configuration.name)' --checkpoint-type production`, or give --type"
            )
        }
        guard CheckpointTree.freezeLimits.contains(limit) else {
            throw MartletError(
                .invalidArgument,
                "a guest can't be frozen for \(limit) s; use 1 to \(CheckpointTree.freezeLimits.upperBound)")
        }
    }

    /// What the checkpoint is to be, by what there is of the guest.
    private func aim(
        _ checkpoint: inout Checkpoint, _ source: CheckpointOperations.Create.Source, hasFreezer: Bool
    ) throws(MartletError) {
        var standard: String?
        switch source {
        case .off: return
        case .saved: standard = "the machine is saved, and its memory belongs to its disks"
        case .paused: standard = "the guest is paused and can't put its data in order"
        case .running where !hasFreezer: standard = "its guest has no agent that could put its data in order"
        case .running: break
        }
        if checkpoint.asked == .standard { standard = "" }
        guard let standard else {
            checkpoint.consistency = .fileSystem
            return
        }
        guard checkpoint.asked != .productionOnly else {
            throw MartletError(
                .unsupported, "'\(configuration.name)' can't have a production checkpoint now: \(standard)")
        }
        checkpoint.kind = .standard
        checkpoint.consistency = .runningState
        if !standard.isEmpty { checkpoint.warnings = [Self.fallback(standard)] }
    }

    private func planForks() throws(MartletError) -> [Disks.Fork] {
        var forks: [Disks.Fork] = []
        for disk in configuration.diskIDs { forks.append(tools.disks.planFork(of: try tools.disks.find("\(disk)"))) }
        return forks
    }

    func deleteCheckpoint(
        _ nameOrID: String, subtree: Bool, bandwidth: ByteCount?, revision: Int64?, by principal: Principal
    ) async throws(MartletError) -> Operation {
        let tree = tools.checkpoints.tree(of: id)
        let checkpoint = try tree.find(nameOrID, of: configuration.name)
        try check(revision: revision)
        try require(life.checkpointRequested())
        let removed = subtree ? tree.subtree(of: checkpoint.id) : [checkpoint]
        let leaving = Set(removed.map(\.id))
        let after = tree.reparented(without: leaving)
        let input = CheckpointOperations.Delete(
            machine: id, removed: removed,
            before: tree.checkpoints.filter { old in after.contains { $0.id == old.id } }, after: after,
            comingFrom: configuration.checkpoint,
            comesFrom: tree.nearest(from: configuration.checkpoint, without: leaving), bandwidth: bandwidth)
        return try await begin(
            CheckpointOperations.deleteKind, "delete the checkpoint \(checkpoint.name) of \(configuration.name)", input,
            .merging, by: principal)
    }

    func mergeCheckpoints(
        bandwidth: ByteCount?, revision: Int64?, by principal: Principal
    ) async throws(MartletError) -> Operation {
        try check(revision: revision)
        try require(life.checkpointRequested())
        return try await begin(
            CheckpointOperations.mergeKind, "merge the checkpoints of \(configuration.name)",
            CheckpointOperations.Merge(machine: id, bandwidth: bandwidth), .merging, by: principal)
    }

    /// - Throws: `notFound`, `alreadyExists`, `invalidArgument`, `storeFailed`.
    func updateCheckpoint(
        _ nameOrID: String, _ request: UpdateCheckpointRequest
    ) async throws(MartletError) -> Checkpoint {
        let tree = tools.checkpoints.tree(of: id)
        let before = try tree.find(nameOrID, of: configuration.name)
        var checkpoint = before
        try requireNoLayerWork()
        if let name = request.name {
            _ = try ResourceName(name)
            try tree.requireFree(name, for: checkpoint.id)
            checkpoint.name = name
        }
        try VirtualMachineRules.check(notes: request.notes ?? "")
        checkpoint.notes = request.notes ?? checkpoint.notes
        // First, so that the name is taken while it is stored.
        tools.checkpoints.publish(checkpoint)
        do {
            try await tools.store.put(checkpoint)
        } catch {
            tools.checkpoints.publish(before, unlessChangedSince: checkpoint)
            throw error
        }
        try Sidecar.write(checkpoint, layout: tools.layout)
        return checkpoint
    }

    func applyCheckpoint(
        _ nameOrID: String, revision: Int64?, by principal: Principal
    ) async throws(MartletError) -> Operation {
        let checkpoint = try tools.checkpoints.tree(of: id).find(nameOrID, of: configuration.name)
        try check(revision: revision)
        try requireNoAdapterWork()
        try requireNoLayerWork()
        let input = try planApply(checkpoint)
        let before = life
        try require(turn { $0.applyRequested() })
        takenInHand(by: principal)
        do {
            return try await begin(
                CheckpointOperations.applyKind, "take \(configuration.name) back to the checkpoint \(checkpoint.name)",
                input,
                .applying, by: principal)
        } catch {
            turn { $0 = before }
            throw error
        }
    }

    private func planApply(_ checkpoint: Checkpoint) throws(MartletError) -> CheckpointOperations.Apply {
        var after = checkpoint.configuration.named(configuration.name)
        after.checkpoint = checkpoint.id
        let generation: ID<VirtualMachine> = tools.environment.makeID()
        after.generationID = "\(generation)"
        var returns: [CheckpointOperations.Apply.Return] = []
        for state in checkpoint.disks {
            let disk = try tools.disks.find("\(state.disk)")
            let file = tools.disks.overlayFile(tools.environment.makeID(), of: disk)
            returns.append(.init(before: disk, layer: state.layer, file: file))
        }
        var freed: [Disk] = []
        for id in configuration.diskIDs where !checkpoint.disks.contains(where: { $0.disk == id }) {
            let disk = try tools.disks.find("\(id)")
            if disk.layers == nil { freed.append(disk) }
        }
        var messages = freed.map {
            "the disk '\($0.name)' came after the checkpoint; it is kept, and no machine has it"
        }
        messages += try leaveOut(checkpoint, of: &after)
        return .init(
            checkpoint: checkpoint, before: configuration, after: after, disks: returns, freed: freed,
            messages: messages)
    }

    /// Takes out of a configuration what isn't on the host any more.
    private func leaveOut(
        _ checkpoint: Checkpoint, of configuration: inout VirtualMachineConfiguration
    ) throws(MartletError) -> [String] {
        var messages: [String] = []
        for drive in configuration.isoDrives {
            guard let image = drive.image, (try? tools.images.find("\(image)")) == nil else { continue }
            configuration.changeISO(in: drive.slot, to: nil)
            messages.append("the ISO that was in drive \(drive.slot) is gone; the drive is empty")
        }
        for adapter in configuration.adapters where (try? tools.switches.find(adapter.switch)) == nil {
            // The guest that goes on has the adapter, so it can't be left out.
            guard checkpoint.kind != .standard else {
                throw MartletError(
                    .notFound,
                    "the switch of the adapter \(adapter.slot) (\(adapter.hardwareAddress)) is gone, and the guest of '\(checkpoint.name)' can't go on without the adapter; export it with `martlet checkpoint export '\(configuration.name)' '\(checkpoint.name)' FOLDER`, and make a machine of its disks"
                )
            }
            configuration.adapters.removeAll { $0.slot == adapter.slot }
            messages.append(
                "the switch of the adapter \(adapter.slot) is gone; the machine comes back without the adapter")
        }
        return messages
    }

    /// Takes the layers in hand and begins an operation on them.
    func begin(
        _ kind: Operation.Kind, _ title: String, _ input: some Codable & Sendable, _ work: LayerWork,
        by principal: Principal
    ) async throws(MartletError) -> Operation {
        try beginLayerWork(work)
        do {
            return try await tools.operations.begin(kind, title: title, subject: "\(id)", input: input, by: principal)
        } catch {
            endLayerWork()
            throw error
        }
    }
}
