import MartletLinux
import MartletModel
import MartletQEMU
import MartletStore

extension Disks {
    /// Begins to convert a disk, or to make a new one of another format of it. Nobody uses it meanwhile.
    ///
    /// - Throws: `alreadyExists`; `invalidArgument`, `contradictory` for a format that it has or that no machine runs on; `inUse`,
    ///   `unavailable`.
    func convert(
        _ disk: Disk, _ request: ConvertDiskRequest, by principal: Principal
    ) async throws(MartletError) -> Operation {
        try check(request, for: disk)
        try markBusy(disk.id, "converted")
        var reserved: ID<Disk>?
        do {
            try await requireUsable(disk)
            let target = try await target(of: disk, request)
            if target.id != disk.id {
                try reserve(target)
                reserved = target.id
                if let pool = pools.pool(of: target.pool) { try pools.requireStaying(pool) }
            }
            return try await operations.begin(
                DiskOperations.convertKind, title: "convert disk \(disk.name) to \(request.format.image)",
                subject: "\(target.id)", input: DiskOperations.Convert(source: disk, target: target), by: principal
            )
        } catch {
            unmarkBusy(disk.id)
            if let reserved { forgetReservation(reserved) }
            throw error
        }
    }

    private func check(_ request: ConvertDiskRequest, for disk: Disk) throws(MartletError) {
        if let name = request.name {
            _ = try ResourceName(name)
            return
        }
        try requireNoLayers(disk, to: "be converted; give --name for a new disk")
        guard request.format != disk.format else {
            throw MartletError(
                .contradictory,
                "the disk '\(disk.name)' is a \(disk.format.image) already; give --name for a copy of it")
        }
        guard request.pool == nil else {
            throw MartletError(
                .contradictory, "a disk is converted where it is; give --name for a new one in another pool")
        }
        guard disk.machine == nil || request.format.isForMachines else {
            throw MartletError(
                .contradictory,
                "the disk '\(disk.name)' belongs to a machine, which can't run on a \(request.format.image); give --name for a new disk"
            )
        }
    }

    private func target(of disk: Disk, _ request: ConvertDiskRequest) async throws(MartletError) -> Disk {
        var target = disk
        target.format = request.format
        // What is made of a linked copy has all of it inside.
        target.backing = nil
        (target.overlay, target.layers, target.parent) = (nil, nil, nil)
        guard let name = request.name else {
            target.path =
                "\(FilePathParts(disk.path).folder)/\(RootLayout.diskFileName(disk.name, disk.id, request.format))"
            return target
        }
        let pool = try await pools.chosen(request.pool ?? pools.pool(of: disk.pool)?.name)
        target.id = environment.makeID()
        target.name = name
        target.machine = nil
        target.pool = pool.id == Pools.rootID ? nil : pool.id
        target.path = pools.path(ofDisk: name, target.id, format: request.format, in: pool)
        target.created = environment.now()
        return target
    }

    /// Begins to write a copy of a disk into a file. Nobody uses it meanwhile.
    ///
    /// - Throws: `invalidArgument`, `alreadyExists`, `notFound` for the file; `inUse`, `unavailable` for the disk.
    func export(
        _ disk: Disk, _ request: ExportDiskRequest, by principal: Principal
    ) async throws(MartletError) -> Operation {
        let input = DiskOperations.Export(disk: disk, file: request.file, format: request.format ?? disk.format)
        try checkTarget(request.file)
        try markBusy(disk.id, "exported")
        do {
            try await requireUsable(disk)
            return try await operations.begin(
                DiskOperations.exportKind, title: "export disk \(disk.name)", subject: "\(disk.id)", input: input,
                by: principal
            )
        } catch {
            unmarkBusy(disk.id)
            throw error
        }
    }

    /// Whether something new can be made there, outside the host's own folders.
    ///
    /// - Throws: `invalidArgument`, `alreadyExists`, `notFound`.
    func checkTarget(_ file: String) throws(MartletError) {
        let parts = FilePathParts(file)
        guard file.isAbsolutePath, !file.endsWithSlash, !file.utf8.contains(0), ![".", ".."].contains(parts.name)
        else {
            throw MartletError(
                .invalidArgument, "'\(file)' is not the absolute path of a file on the host; give the whole path")
        }
        guard !FileEntry.exists(file) else {
            throw MartletError(.alreadyExists, "'\(file)' is there already; choose another name, or remove it")
        }
        guard FileEntry.exists(parts.folder) else {
            throw MartletError(.notFound, "there is no folder '\(parts.folder)'; make it first")
        }
        let folder = FileEntry.canonical(parts.folder) + "/"
        for own in [FileEntry.canonical(layout.root)] + pools.all().dropFirst().map(\.path)
        where folder.hasPrefix("\(own)/") {
            throw MartletError(
                .invalidArgument, "'\(file)' lies among the host's own files; choose a place outside '\(own)'")
        }
    }

    // MARK: Steps

    /// Makes a disk's file in another format; one that is there stays.
    func convertImage(_ disk: Disk, to target: Disk, _ context: OperationContext) async throws {
        let (from, to) = (layout.absolute(disk.path), layout.absolute(target.path))
        guard !FileEntry.exists(to) else { return }
        try await requireTool().convert(
            from: from, format: disk.format.image, over: try chain(of: disk), to: to,
            format: target.format.image, name: disk.name,
            user: guestUser
        ) { await context.progress($0) }
        try Sidecar.write(target, layout: layout)
    }

    /// Writes the copy of an export, without its name; one that is there stays.
    ///
    /// Where the user that qemu-img runs as can't get to, it is made in the disk's own pool and copied.
    func exportImage(_ export: DiskOperations.Export, _ context: OperationContext) async throws {
        let target = export.unnamed
        guard !FileEntry.exists(target) else { return }
        let source = layout.absolute(export.disk.path)
        try Folder.removeTree(export.folder)
        try Folder.make(export.folder, mode: 0o711)
        if guestUser.map({ FolderSafety.isPassable(export.folder, by: $0) }) ?? true {
            try await write(export, from: source, to: target) { await context.progress($0) }
        } else {
            let copy = "\(FilePathParts(source).folder)/.export-\(export.disk.id.short).new"
            try Folder.removeTree(copy)
            defer { try? Folder.removeTree(copy) }
            try await write(export, from: source, to: copy) { await context.progress($0 * 0.7) }
            try await BlockingWork.run { () throws(MartletError) in
                try AtomicFile.copy(from: copy, to: target, mode: 0o600)
            }
        }
        // Whoever asked has it, not guests.
        if let guestUser, guestUser.userID != 0 {
            try FileEntry.setOwner(FileOwner(userID: 0, groupID: 0), of: target)
        }
    }

    private func write(
        _ export: DiskOperations.Export, from source: String, to target: String,
        progress: @Sendable (Double) async -> Void
    ) async throws(MartletError) {
        try await requireTool().convert(
            from: source, format: export.disk.format.image, over: try chain(of: export.disk), to: target,
            format: export.format.image,
            name: export.disk.name, user: guestUser, progress: progress)
    }

    /// A disk's document with what may have changed beside it since an operation began.
    func current(_ disk: Disk) -> Disk {
        guard let known = try? find("\(disk.id)") else { return disk }
        var disk = disk
        disk.machine = known.machine
        return disk
    }
}
