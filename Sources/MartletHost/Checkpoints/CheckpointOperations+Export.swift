import MartletLinux
import MartletModel
import MartletQEMU

extension CheckpointOperations {
    /// A whole machine as it was at a checkpoint, in a folder outside the host's own.
    struct Export: Codable, Sendable {
        var checkpoint: Checkpoint
        /// Each as it was: its layer's file is what it is written to.
        var disks: [Disk]
        /// Absolute.
        var folder: String

        var machine: ID<VirtualMachine> { checkpoint.machine }
        /// Where it is made, so that nobody else's folder is ever taken for ours.
        var unnamed: String {
            let parts = FilePathParts(folder)
            return "\(parts.folder == "/" ? "" : parts.folder)/.\(parts.name).\(checkpoint.id.short).new"
        }
    }

    static func export(_ machines: VirtualMachines) -> OperationDefinition {
        OperationDefinition(
            kind: exportKind,
            input: Export.self,
            recovery: .finish,
            resume: { try await machines.resumeLayerWork($0.machine, .exporting) },
            complete: { await machines.endLayerWork($0.machine) },
            abandon: { input, _ in await machines.endLayerWork(input.machine) },
            steps: [
                TypedStep("write the copy") { input, context in
                    try await machines.settledDriver(input.machine).write(input, context)
                } undo: { input, _ in
                    try Folder.removeTree(input.unnamed)
                },
                TypedStep("give it its name") { input, _ in
                    guard FileEntry.exists(input.unnamed) else { return }
                    guard !FileEntry.exists(input.folder) else {
                        throw MartletError(
                            .alreadyExists, "'\(input.folder)' came there meanwhile; choose another name")
                    }
                    try FileEntry.renameIfPresent(input.unnamed, to: input.folder)
                } undo: { input, _ in
                    guard !FileEntry.exists(input.unnamed), FileEntry.exists("\(input.folder)/checkpoint.json") else {
                        return
                    }
                    try FileEntry.renameIfPresent(input.folder, to: input.unnamed)
                },
            ]
        )
    }
}

extension VirtualMachineDriver {
    /// Begins to write a whole machine as it was at a checkpoint into a folder.
    ///
    /// - Throws: `notFound`, `wrongState`, `inUse`; `invalidArgument`, `alreadyExists` for the folder.
    func exportCheckpoint(
        _ nameOrID: String, _ request: ExportCheckpointRequest, revision: Int64?, by principal: Principal
    ) async throws(MartletError) -> Operation {
        let checkpoint = try tools.checkpoints.tree(of: id).find(nameOrID, of: configuration.name)
        try check(revision: revision)
        try require(life.checkpointRequested())
        try tools.disks.checkTarget(request.folder)
        var disks: [Disk] = []
        for state in checkpoint.disks {
            var disk = try tools.disks.find("\(state.disk)")
            guard let layer = disk.layer(state.layer) else {
                throw MartletError(.notFound, "what '\(disk.name)' held at the checkpoint is gone")
            }
            (disk.parent, disk.top) = (layer.parent, layer.file)
            disks.append(disk)
        }
        return try await begin(
            CheckpointOperations.exportKind, "export the checkpoint \(checkpoint.name) of \(configuration.name)",
            CheckpointOperations.Export(checkpoint: checkpoint, disks: disks, folder: request.folder), .exporting,
            by: principal)
    }

    /// Writes all of it, without its name; one that is whole stays.
    func write(_ input: CheckpointOperations.Export, _ context: OperationContext) async throws {
        let folder = input.unnamed
        // The document comes last.
        let document = "\(folder)/checkpoint.json"
        if FileEntry.exists(document) || FileEntry.exists(input.folder) { return }
        try Folder.removeTree(folder)
        try Folder.make(folder, mode: 0o711)
        let files = tools.checkpoints.files(of: input.checkpoint)
        for (index, disk) in input.disks.enumerated() {
            let copy = DiskOperations.Export(disk: disk, file: "\(folder)/\(disk.name).qcow2", format: .qcow2)
            try await tools.disks.exportImage(copy, context)
            try FileEntry.link(copy.unnamed, to: copy.file)
            try Folder.removeTree(copy.folder)
            await context.progress(Double(index + 1) / Double(input.disks.count))
        }
        try await BlockingWork.run { () throws(MartletError) in try files.copyAll(to: folder) }
        try FileEntry.setMode(0o700, of: folder)
        try Sidecar.write(input.checkpoint.configuration, to: "\(folder)/machine.json")
        try Sidecar.write(input.checkpoint, to: document)
    }
}
