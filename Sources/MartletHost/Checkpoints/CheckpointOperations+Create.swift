import MartletLinux
import MartletModel
import MartletQEMU
import MartletStore

extension CheckpointOperations {
    /// A new checkpoint, decided in full before the first step but for what the guest will have done.
    struct Create: Codable, Sendable {
        /// What there is of the guest.
        enum Source: String, Codable, Sendable { case off, saved, running, paused }

        /// Its kind and consistency are what is aimed at.
        var checkpoint: Checkpoint
        var forks: [Disks.Fork]
        var source: Source
        var freezeLimitInSeconds: Int
        var machine: ID<VirtualMachine> { checkpoint.machine }
    }

    static func create(_ machines: VirtualMachines) -> OperationDefinition {
        let (disks, checkpoints) = (machines.tools.disks, machines.tools.checkpoints)
        return OperationDefinition(
            kind: createKind,
            input: Create.self,
            recovery: .finish,
            resume: { try await machines.resumeLayerWork($0.machine, .making(wasRunning: $0.source == .running)) },
            complete: { await machines.endLayerWork($0.machine) },
            abandon: { input, _ in await machines.endLayerWork(input.machine) },
            steps: [
                TypedStep("make its disks' overlays") { input, _ in
                    for fork in input.forks {
                        let disk = try disks.find("\(fork.disk)")
                        // Once it is recorded the file below is another.
                        guard disk.layer(fork.layer) == nil else { continue }
                        try await disks.makeOverlay(fork.file, of: disk, over: disk.top)
                    }
                } undo: { input, _ in
                    for fork in input.forks { try disks.remove(fork.file, unlessOf: fork.disk) }
                },
                TypedStep("record the overlays") { input, _ in
                    _ = try await disks.change(input.forks.map(\.disk)) { disk in
                        guard let fork = input.forks.first(where: { $0.disk == disk.id }) else { return }
                        disk.fork(fork.layer, writingTo: fork.file)
                    }
                } undo: { input, context in
                    let driver = try await machines.settledDriver(input.machine)
                    for fork in input.forks { try await driver.takeBack(fork, context) }
                },
                TypedStep("take the moment") { input, context in
                    try await machines.settledDriver(input.machine).takeMoment(input, context)
                } undo: { input, _ in
                    try await machines.settledDriver(input.machine).takeBackMoment(input)
                },
                TypedStep("record it") { input, context in
                    try await machines.settledDriver(input.machine).recordMoment(input, context)
                } undo: { input, _ in
                    try await machines.settledDriver(input.machine).unrecordMoment(input)
                    checkpoints.forget(input.checkpoint)
                },
            ]
        )
    }
}

extension VirtualMachineDriver {
    /// Gives a disk back the file that it had before a checkpoint that is given up.
    func takeBack(_ fork: Disks.Fork, _ context: OperationContext) async throws {
        let disk = try tools.disks.find("\(fork.disk)")
        guard disk.layer(fork.layer) != nil, disk.parent == fork.layer else { return }
        try await carryOut(.merge(nil, into: fork.layer), on: disk.id, bandwidth: nil, context)
    }

    /// Stores the checkpoint that was taken, and that the machine comes from it.
    func recordMoment(_ input: CheckpointOperations.Create, _ context: OperationContext) async throws {
        let files = tools.checkpoints.files(of: input.checkpoint)
        let (document, problem) = Sidecar.read(Checkpoint.self, at: files.document)
        guard let checkpoint = document else { throw MartletError(.ioFailed, problem ?? "its document is gone") }
        try await recordComing(from: checkpoint.id, with: [try .put(checkpoint)])
        tools.checkpoints.publish(checkpoint)
        for warning in checkpoint.warnings ?? [] { await context.message(warning) }
    }

    func unrecordMoment(_ input: CheckpointOperations.Create) async throws {
        try await recordComing(
            from: input.checkpoint.parent, with: [.delete(Checkpoint.self, id: "\(input.checkpoint.id)")])
    }

    /// Stores which checkpoint the machine comes from, together with other writes.
    func recordComing(from checkpoint: ID<Checkpoint>?, with writes: [StoreWrite]) async throws {
        try await change(with: writes) { $0.checkpoint = checkpoint }
    }
}
