import MartletLinux
package import MartletModel
import MartletQEMU
import MartletStore

extension Disks {
    /// Begins to make a disk: an empty one, or one with what an image on the host has.
    ///
    /// - Throws: `invalidArgument`, `alreadyExists`, `notFound` (a pool or the file), `unavailable` (the pool); nothing was done then.
    package func create(
        _ request: CreateDiskRequest, by principal: Principal
    ) async throws(MartletError) -> Operation {
        _ = try ResourceName(request.name)
        let format = request.format ?? .qcow2
        let source = try await checkSource(of: request)
        let pool = try await pools.chosen(request.pool)
        let id: ID<Disk> = environment.makeID()
        var disk = Disk(
            id: id,
            name: request.name,
            format: format,
            capacity: request.capacity ?? ByteCount(bytes: 0),
            path: pools.path(ofDisk: request.name, id, format: format, in: pool),
            machine: nil,
            created: environment.now()
        )
        disk.pool = pool.id == Pools.rootID ? nil : pool.id
        try reserve(disk)
        do {
            try pools.requireStaying(pool)
            return try await operations.begin(
                DiskOperations.createKind, title: "create disk \(disk.name)", subject: "\(id)",
                input: DiskOperations.Create(disk: disk, source: source), by: principal
            )
        } catch {
            forgetReservation(id)
            throw error
        }
    }

    private func checkSource(
        of request: CreateDiskRequest
    ) async throws(MartletError) -> DiskOperations.Create.Source? {
        guard let file = request.file else {
            guard let capacity = request.capacity else {
                throw MartletError(.invalidArgument, "a disk needs a capacity, or a file that it is made of; give one")
            }
            try VirtualMachineRules.check(diskCapacity: capacity)
            guard request.format?.isForMachines ?? true else {
                throw MartletError(
                    .invalidArgument, "an empty disk is made as qcow2 or raw; convert it when it is needed otherwise")
            }
            return nil
        }
        guard request.capacity == nil else {
            throw MartletError(
                .invalidArgument, "a disk from a file has the file's capacity; leave the size out, and resize it later")
        }
        guard file.isAbsolutePath, !file.utf8.contains(0) else {
            throw MartletError(.invalidArgument, "'\(file)' is not an absolute path on the host; give the whole path")
        }
        let tool = try requireTool()
        let format: ImageFormat
        if let given = request.fileFormat { format = given } else { format = try await tool.recognize(path: file) }
        guard format != .iso else {
            throw MartletError(.invalidArgument, "'\(file)' is an ISO; take it in with `martlet image import`")
        }
        return .init(file: file, format: format)
    }

    /// Makes a disk's file of an image that may be hostile; one that is there stays.
    ///
    /// qemu-img runs as guests do, so it is given a copy that it may read; blocks are shared where the file system can.
    func importImage(
        _ disk: Disk, of source: DiskOperations.Create.Source, _ context: OperationContext
    ) async throws {
        let path = layout.absolute(disk.path)
        if !FileEntry.exists(path) {
            let tool = try requireTool()
            let staging = "\(FilePathParts(path).folder)/.\(disk.id.short).new"
            let readable = guestUser.map { FileOwner(userID: 0, groupID: $0.groupID) }
            // An earlier try may have left a part of it.
            try Folder.removeTree(staging)
            try Folder.make(staging, mode: 0o711)
            defer { try? Folder.removeTree(staging) }
            let copy = "\(staging)/source"
            try requireSpace(for: source.file, in: staging)
            try await FileCopy.copy(from: source.file, to: copy, mode: 0o440, owner: readable) {
                await context.progress(0.3 * $0)
            }
            try await tool.convert(
                from: copy, format: source.format, to: path, format: disk.format.image, name: source.file,
                user: guestUser
            ) { await context.progress(0.3 + 0.7 * $0) }
        }
    }

    private func requireSpace(for file: String, in folder: String) throws(MartletError) {
        guard let needed = FileEntry.allocated(file) else { return }
        let free = try Folder.freeSpace(folder)
        guard free >= needed else {
            throw MartletError(
                .insufficientSpace, "'\(folder)' has \(free) left, and '\(file)' takes \(needed) there; make room")
        }
    }

    /// The disk with the capacity that its file has.
    func measured(_ disk: Disk) async throws(MartletError) -> Disk {
        var disk = disk
        disk.capacity = try await requireTool().inspect(
            path: layout.absolute(disk.path), format: disk.format.image, name: disk.name, user: guestUser
        ).virtualSize
        return disk
    }
}
