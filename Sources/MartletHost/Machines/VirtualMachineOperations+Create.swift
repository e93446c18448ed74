import MartletLinux
import MartletModel
import MartletQEMU
import MartletStore

extension VirtualMachineOperations {
    /// A new machine, decided in full before the first step.
    struct Create: Codable, Sendable {
        var configuration: VirtualMachineConfiguration
        var newDisks: [Disk]
        var existingDisks: [Disk]
        /// The image that the first of the new disks is made from; nil, also in what an older version wrote, for none.
        var source: Image?
        /// Whether that disk is to stand by itself.
        var isFullCopy: Bool?
    }

    static func create(_ machines: VirtualMachines) -> OperationDefinition {
        let tools = machines.tools
        return OperationDefinition(
            kind: createKind,
            input: Create.self,
            recovery: .finish,
            resume: { input in
                try machines.reserve(name: input.configuration.name, for: input.configuration.id)
                for disk in input.newDisks { try tools.disks.reserve(disk) }
                // One that is gone is told by the step that needs it.
                if let source = input.source { try? tools.images.hold(source.id, for: "\(input.configuration.id)") }
            },
            abandon: { input, _ in
                machines.forgetReservation(input.configuration.id)
                for disk in input.newDisks { tools.disks.forgetReservation(disk.id) }
                tools.images.release(for: "\(input.configuration.id)")
                try? MachineSeed(layout: tools.layout).discard(input.configuration.id)
            },
            steps: [
                TypedStep("make its folder") { input, _ in
                    try makeFolder(input.configuration, tools)
                } undo: { input, _ in
                    try Folder.removeTree(tools.layout.absolute(input.configuration.folder))
                },
                TypedStep("copy its kernel") { input, _ in
                    try copyKernel(input.configuration, tools)
                },
                TypedStep("place its seed") { input, _ in
                    guard input.configuration.hasSeed else { return }
                    try MachineSeed(layout: tools.layout).place(input.configuration, owner: tools.guestReadable)
                },
                TypedStep("make its disks") { input, context in
                    for (index, disk) in input.newDisks.enumerated() {
                        let copied = index == 0 && input.isFullCopy == true ? input.source : nil
                        try await tools.disks.makeImage(disk, copyOf: copied) {
                            await context.progress((Double(index) + $0) / Double(input.newDisks.count))
                        }
                        await context.progress(Double(index + 1) / Double(input.newDisks.count))
                    }
                } undo: { input, _ in
                    for disk in input.newDisks { try tools.disks.removeImage(disk) }
                },
                TypedStep("record it") { input, _ in
                    try await record(input, machines)
                    // The disk's record keeps the image from here on.
                    tools.images.release(for: "\(input.configuration.id)")
                } undo: { input, _ in
                    try await unrecord(input, machines)
                },
            ]
        )
    }

    private static func makeFolder(_ configuration: VirtualMachineConfiguration, _ tools: MachineTools) throws {
        let folder = tools.layout.absolute(configuration.folder)
        // Guests pass through to their own files, and can neither list, add nor replace any.
        try Folder.make(folder, mode: 0o711)
        try Folder.make("\(folder)/disks", mode: 0o711)
    }

    private static func copyKernel(_ configuration: VirtualMachineConfiguration, _ tools: MachineTools) throws {
        guard let boot = configuration.directBoot else { return }
        let owner = tools.guestReadable
        try AtomicFile.copy(
            from: boot.kernel, to: tools.layout.absolute(configuration.relativeKernel), mode: 0o440, owner: owner
        )
        guard let initrd = boot.initrd else { return }
        try AtomicFile.copy(
            from: initrd, to: tools.layout.absolute(configuration.relativeInitrd), mode: 0o440, owner: owner
        )
    }

    private static func record(_ input: Create, _ machines: VirtualMachines) async throws {
        let tools = machines.tools
        let disks = (input.newDisks + input.existingDisks).map { disk in
            var attached = disk
            attached.machine = input.configuration.id
            return attached
        }
        // An existing disk that somebody else attached meanwhile is not taken from them.
        for disk in input.existingDisks { try tools.disks.requireFree(disk.id, for: input.configuration.id) }
        try tools.disks.requireIdle(input.existingDisks.map(\.id))
        try Sidecar.write(input.configuration, layout: tools.layout)
        for disk in disks { try Sidecar.write(disk, layout: tools.layout) }
        var writes = [try StoreWrite.put(input.configuration)]
        for disk in disks { writes.append(try .put(disk)) }
        let revision = try await tools.store.transaction(writes, durability: .powerLoss)
        for disk in disks { tools.disks.publish(disk) }
        await machines.add(input.configuration, revision: revision)
    }

    private static func unrecord(_ input: Create, _ machines: VirtualMachines) async throws {
        let tools = machines.tools
        var writes = [StoreWrite.delete(VirtualMachineConfiguration.self, id: "\(input.configuration.id)")]
        for disk in input.newDisks { writes.append(.delete(Disk.self, id: "\(disk.id)")) }
        for disk in input.existingDisks where tools.disks.holder(of: disk.id) == input.configuration.id {
            writes.append(try .put(disk))
        }
        try await tools.store.transaction(writes, durability: .powerLoss)
        machines.remove(input.configuration.id)
        for disk in input.newDisks { tools.disks.forget(disk.id) }
        for disk in input.existingDisks where tools.disks.holder(of: disk.id) == input.configuration.id {
            try Sidecar.write(disk, layout: tools.layout)
            tools.disks.publish(disk)
        }
    }
}
