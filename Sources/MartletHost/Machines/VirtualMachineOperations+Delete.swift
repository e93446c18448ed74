import MartletLinux
import MartletModel
import MartletStore

extension VirtualMachineOperations {
    /// What goes and what stays when a machine is deleted.
    struct Delete: Codable, Sendable {
        /// A disk that stays, before and after: it leaves the machine and, if it lies in the machine's folder, the folder.
        struct KeptDisk: Codable, Sendable {
            var before: Disk
            var after: Disk
        }

        var configuration: VirtualMachineConfiguration
        var removed: [Disk]
        var kept: [KeptDisk]
        /// They go with the disks; nil for none.
        var checkpoints: [Checkpoint]?
        /// Where the folder waits for its end, relative to the root.
        var trash: String { "machines/.deleted-\(configuration.id.short)" }
    }

    static func delete(_ machines: VirtualMachines) -> OperationDefinition {
        let tools = machines.tools
        return OperationDefinition(
            kind: deleteKind,
            input: Delete.self,
            recovery: .finish,
            // When only the files are left to remove, the machine is not known any more.
            resume: { input in try? await machines.takeUp(input.configuration.id, as: .deleting) },
            abandon: { input, _ in await machines.giveUpDelete(input.configuration.id) },
            steps: [
                TypedStep("set its kept disks aside") { input, _ in
                    // Not known any more when this is done again after a crash.
                    await (try? machines.driver(input.configuration.id))?.settled()
                    for disk in input.kept { try move(disk.before, to: disk.after, tools) }
                } undo: { input, _ in
                    for disk in input.kept {
                        try move(disk.after, to: disk.before, tools)
                        // What came back beside it may say already that it is no machine's.
                        try Sidecar.write(disk.before, layout: tools.layout)
                    }
                },
                TypedStep("forget it") { input, _ in
                    try await forget(input, machines)
                } undo: { input, _ in
                    try await remember(input, machines)
                },
                TypedStep("remove its files", isPointOfNoReturn: true) { input, context in
                    try removeFiles(input, tools)
                    try await tools.switches.addresses.forget { $0.machine == input.configuration.id }
                    for disk in input.kept {
                        await context.message(
                            "the disk '\(disk.after.name)' was kept; delete it with `martlet disk delete`, or next time with --disks"
                        )
                    }
                },
            ]
        )
    }

    static func move(_ disk: Disk, to other: Disk, _ tools: MachineTools) throws {
        guard disk.path != other.path else { return }
        let (from, to) = (tools.layout.absolute(disk.path), tools.layout.absolute(other.path))
        try FileEntry.renameIfPresent(from, to: to)
        try FileEntry.renameIfPresent("\(from).json", to: "\(to).json")
    }

    private static func forget(_ input: Delete, _ machines: VirtualMachines) async throws {
        let tools = machines.tools
        var writes = [
            StoreWrite.delete(VirtualMachineConfiguration.self, id: "\(input.configuration.id)"),
            .delete(MachineFailure.self, id: "\(input.configuration.id)"),
            .delete(WantedRun.self, id: "\(input.configuration.id)"),
        ]
        for disk in input.removed { writes.append(.delete(Disk.self, id: "\(disk.id)")) }
        let checkpoints = input.checkpoints ?? []
        for checkpoint in checkpoints { writes.append(.delete(Checkpoint.self, id: "\(checkpoint.id)")) }
        for disk in input.kept { writes.append(try .put(disk.after)) }
        try await tools.store.transaction(writes, durability: .powerLoss)
        for disk in input.kept {
            try Sidecar.write(disk.after, layout: tools.layout)
            tools.disks.publish(disk.after)
        }
        for disk in input.removed { tools.disks.forget(disk.id) }
        for checkpoint in checkpoints { tools.checkpoints.forget(checkpoint) }
        // A saved machine held its disks until now.
        try await tools.claims.release(input.configuration.id)
        machines.remove(input.configuration.id)
    }

    private static func remember(_ input: Delete, _ machines: VirtualMachines) async throws {
        let tools = machines.tools
        var writes = [try StoreWrite.put(input.configuration)]
        let disks = input.removed + input.kept.map(\.before)
        for disk in disks { writes.append(try .put(disk)) }
        for checkpoint in input.checkpoints ?? [] { writes.append(try .put(checkpoint)) }
        let revision = try await tools.store.transaction(writes, durability: .powerLoss)
        for disk in disks { tools.disks.publish(disk) }
        for checkpoint in input.checkpoints ?? [] { tools.checkpoints.publish(checkpoint) }
        let isSaved = SavedState(of: input.configuration, layout: tools.layout).exists
        if isSaved { try await tools.claims.keepDisks(of: input.configuration) }
        await machines.add(
            input.configuration, revision: revision,
            life: VirtualMachineLife(isSaved ? .saved(cause: nil) : .off(cause: nil)))
    }

    /// The folder first takes another name, so that what is half removed is never taken for a machine.
    private static func removeFiles(_ input: Delete, _ tools: MachineTools) throws {
        let trash = tools.layout.absolute(input.trash)
        for disk in input.removed where !disk.path.hasPrefix("\(input.configuration.folder)/") {
            try tools.disks.removeImage(disk)
        }
        try FileEntry.renameIfPresent(tools.layout.absolute(input.configuration.folder), to: trash)
        try Folder.removeTree(trash)
    }
}

extension VirtualMachines {
    func giveUpDelete(_ id: ID<VirtualMachine>) async {
        guard let driver = try? driver(id) else { return }
        let isSaved = await driver.isStateKept
        await driver.turn { $0.deleteUndone(isSaved: isSaved) }
    }
}
