import MartletLinux
import MartletModel
import MartletQEMU

extension VirtualMachines {
    /// Decides everything about a new machine before anything is made: ids, addresses, names, paths.
    ///
    /// - Throws: `invalidArgument`, `notFound`, `inUse`.
    func planCreation(
        _ request: CreateVirtualMachineRequest, id: ID<VirtualMachine>
    ) async throws(MartletError) -> VirtualMachineOperations.Create {
        let name = try ResourceName(request.name)
        let generation = request.generation ?? .uefi
        if let boot = request.directBoot { try checkFiles(boot) }
        let folder = RootLayout.relativeMachineFolder(name, id)
        let pool = try await tools.disks.pools.chosen(request.pool)
        let source = try request.image.map { (copy) throws(MartletError) in try planSource(copy, id: id) }
        let first = try request.image.map { (copy) throws(MartletError) in
            try planCopy(copy, of: source, machine: request.name, folder: folder, id: id, pool: pool)
        }
        let disks =
            [first].compactMap { $0.map { ($0, true) } }
            + (try planDisks(
                request.disks ?? [], machine: request.name, folder: folder, id: id,
                taken: Set([first].compactMap { $0?.name }), pool: pool))
        var configuration = VirtualMachineConfiguration(
            id: id,
            name: request.name,
            generation: generation,
            machineType: MachineSpecification.defaultMachineType,
            memory: VirtualMachineRules.defaultMemory,
            cpus: 1,
            secureBoot: generation == .uefi,
            directBoot: request.directBoot,
            disks: disks.enumerated().map { .init(disk: $1.disk.id, slot: $0) },
            adapters: try planAdapters(request.switches, id: id),
            created: tools.environment.now(),
            folder: folder
        )
        for image in request.isos ?? [] {
            try configuration.addISODrive(with: image.isEmpty ? nil : try tools.images.find(image, kind: .iso).id)
        }
        configuration.hasSeed = source != nil || request.cloudInit != nil
        if source?.bootsWithSecureBoot == false, request.settings.secureBoot == nil { configuration.secureBoot = false }
        configuration = try request.settings.applied(to: configuration)
        try tools.disks.pools.requireStaying(pool)
        return VirtualMachineOperations.Create(
            configuration: configuration,
            newDisks: disks.filter(\.isNew).map(\.disk),
            existingDisks: disks.filter { !$0.isNew }.map(\.disk),
            source: source, isFullCopy: request.image?.fullCopy ?? false
        )
    }

    private func checkFiles(_ boot: VirtualMachineConfiguration.DirectBoot) throws(MartletError) {
        for path in [boot.kernel, boot.initrd].compactMap(\.self) {
            guard FileEntry.isReadableFile(path) else {
                throw MartletError(.notFound, "'\(path)' is no file that martletd can read; name a file on the host")
            }
        }
    }

    private func planDisks(
        _ sources: [CreateVirtualMachineRequest.DiskSource], machine: String, folder: String, id: ID<VirtualMachine>,
        taken others: Set<String>, pool: Pool
    ) throws(MartletError) -> [(disk: Disk, isNew: Bool)] {
        var planned: [(disk: Disk, isNew: Bool)] = []
        for source in sources {
            switch source {
            case .new(let capacity):
                let taken = others.union(planned.map(\.disk.name))
                let disk = tools.disks.plan(
                    forMachine: machine, id: id, folder: folder, capacity: capacity, taken: taken, pool: pool)
                planned.append((disk, true))
            case .existing(let nameOrID):
                let disk = try tools.disks.find(nameOrID)
                guard disk.machine == nil, !planned.contains(where: { $0.disk.id == disk.id }) else {
                    throw MartletError(
                        .inUse, "the disk '\(disk.name)' belongs to a machine already; a disk can have one")
                }
                try tools.disks.requireFree(disk.id, for: id)
                try tools.disks.requireIdle([disk.id])
                planned.append((disk, false))
            }
        }
        return planned
    }

    /// Finds the image and keeps it from being deleted until the machine's disk is recorded.
    private func planSource(
        _ copy: CreateVirtualMachineRequest.ImageCopy, id: ID<VirtualMachine>
    ) throws(MartletError) -> Image {
        let image = try tools.images.find(copy.image, kind: .disk)
        try tools.images.hold(image.id, for: "\(id)")
        return image
    }

    private func planCopy(
        _ copy: CreateVirtualMachineRequest.ImageCopy, of image: Image?, machine: String, folder: String,
        id: ID<VirtualMachine>, pool: Pool
    ) throws(MartletError) -> Disk {
        let least = image?.capacity ?? ByteCount(bytes: 0)
        let capacity = copy.capacity ?? least
        guard capacity >= least else {
            throw MartletError(
                .contradictory,
                "a disk of \(capacity) is too small for the image '\(copy.image)', which has \(least); use that or more"
            )
        }
        return tools.disks.plan(
            forMachine: machine, id: id, folder: folder, capacity: capacity, taken: [], pool: pool,
            backing: copy.fullCopy == true ? nil : image?.id)
    }

    private func planAdapters(
        _ switches: [String]?, id: ID<VirtualMachine>
    ) throws(MartletError) -> [VirtualMachineConfiguration.Adapter] {
        var wanted: [VirtualSwitch] = []
        if let switches {
            for nameOrID in switches { wanted.append(try tools.switches.find(nameOrID)) }
        } else {
            wanted = [tools.switches.default].compactMap(\.self)
        }
        return wanted.enumerated().map { index, found in
            .init(slot: index, switch: found.id, hardwareAddress: Self.hardwareAddress(of: id, adapter: index))
        }
    }

    /// 52:54:00 is the prefix that QEMU's guests have; the rest comes from the machine's random id.
    static func hardwareAddress(of id: ID<VirtualMachine>, adapter: Int) -> String {
        let digits = Array(id.description.filter { $0 != "-" }.prefix(6))
        let last = (Int(String(digits[4...5]), radix: 16) ?? 0) &+ adapter
        let lastText = String(last & 0xff, radix: 16)
        return "52:54:00:\(String(digits[0...1])):\(String(digits[2...3])):\(lastText.count == 1 ? "0" : "")\(lastText)"
    }
}
