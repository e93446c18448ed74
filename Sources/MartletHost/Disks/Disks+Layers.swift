import MartletLinux
import MartletModel
import MartletQEMU
import MartletStore

/// The files behind a disk's checkpoints.
extension Disks {
    /// What becomes of a disk at a checkpoint, decided beforehand.
    struct Fork: Codable, Sendable, Hashable {
        var disk: ID<Disk>
        /// What the present file is from then on.
        var layer: ID<DiskLayer>
        /// What is written to from then on.
        var file: DiskFile
    }

    /// - Throws: `unsupported` for a disk that has checkpoints.
    func requireNoLayers(_ disk: Disk, to what: String) throws(MartletError) {
        guard disk.layers != nil else { return }
        throw MartletError(
            .unsupported,
            "the disk '\(disk.name)' has checkpoints and can't \(what); delete those first with `martlet checkpoint delete`"
        )
    }

    /// Decides about the overlay for a disk's next checkpoint: beside the file that it lies over.
    func planFork(of disk: Disk) -> Fork {
        let overlay: ID<DiskFile> = environment.makeID()
        return Fork(disk: disk.id, layer: environment.makeID(), file: overlayFile(overlay, of: disk))
    }

    func overlayFile(_ overlay: ID<DiskFile>, of disk: Disk) -> DiskFile {
        let part = (try? ResourceName(disk.name))?.fileNamePart ?? "disk"
        let name = "\(part)-\(disk.id.short)-\(overlay.short).qcow2"
        return DiskFile(overlay: overlay, path: "\(FilePathParts(disk.path).folder)/\(name)", format: .qcow2)
    }

    /// Makes an overlay's file; one that is there stays.
    ///
    /// - Throws: `unavailable`, `insufficientSpace`, `commandFailed`, `ioFailed`.
    func makeOverlay(_ file: DiskFile, of disk: Disk, over below: DiskFile) async throws(MartletError) {
        try await requireTool().createOverlay(
            path: layout.absolute(file.path), over: chainFile(below), capacity: disk.capacity, owner: guestUser?.owner)
    }

    /// Removes a file that is none of the disk's.
    func remove(_ file: DiskFile, unlessOf id: ID<Disk>) throws(MartletError) {
        if let disk = try? find("\(id)"), disk.files.contains(where: { $0.path == file.path }) { return }
        try Folder.removeTree(layout.absolute(file.path))
    }

    /// Whether each of a disk's overlays names the file that it is known to lie over: what was changed from outside is not run.
    ///
    /// - Throws: `invalidArgument`; `notFound`, `forbidden`, `ioFailed`.
    func requireLayers(of disk: Disk) throws(MartletError) {
        let chain = disk.chain
        var upper = disk.top
        for (index, layer) in chain.enumerated() {
            var allowed = [layer.file]
            // What was merged may be told in the file already, and not yet be recorded.
            if chain.indices.contains(index + 1), chain[index + 1].isMerging { allowed.append(chain[index + 1].file) }
            if upper.format == .qcow2 {
                try DiskImage.requireOverlay(
                    path: layout.absolute(upper.path), over: allowed.map { layout.absolute($0.path) })
            }
            upper = layer.file
        }
    }

    /// Changes disks' documents, all or none, and keeps the copies beside their files where those are.
    ///
    /// - Parameter with: what else is stored together with them.
    func change(
        _ ids: [ID<Disk>], with writes: [StoreWrite] = [],
        _ body: (inout Disk) throws(MartletError) -> Void
    ) async throws(MartletError) -> Int64 {
        var (before, after): ([Disk], [Disk]) = ([], [])
        for id in ids {
            let disk = try find("\(id)")
            var changed = disk
            try body(&changed)
            before.append(disk)
            after.append(changed)
        }
        var all = writes
        for (old, new) in zip(before, after) where old != new { all.append(try .put(new)) }
        let revision = all.isEmpty ? 0 : try await store.transaction(all, durability: .powerLoss)
        for (old, new) in zip(before, after) {
            try Sidecar.write(new, layout: layout)
            if old.relativeSidecar != new.relativeSidecar {
                try Folder.removeTree(layout.absolute(old.relativeSidecar))
            }
            publish(new)
        }
        return revision
    }

    /// Writes what lies right above a layer into it, while no QEMU has the two.
    func mergeOffline(
        _ step: LayerPlanner.Step, of disk: Disk, bandwidth: ByteCount?, progress: @Sendable (Double) async -> Void
    ) async throws {
        guard case .merge(let child, let id) = step, let layer = disk.layer(id) else { return }
        let upper = child.flatMap { disk.layer($0)?.file } ?? disk.top
        // A file that is gone was merged before this was recorded.
        guard FileEntry.exists(layout.absolute(upper.path)) else { return }
        var below = disk
        below.goBack(to: id, writingTo: upper)
        let image = try backing(ofLowestOf: disk)
        let chain =
            below.chain.map { chainFile($0.file) }
            + (image.map { [.init(path: layout.absolute($0.path), format: .qcow2)] } ?? [])
        try ImageLock.requireFree(layout.absolute(layer.file.path))
        try await requireTool().commit(
            layout.absolute(upper.path), into: chain, capacity: disk.capacity, bandwidth: bandwidth, user: guestUser,
            progress: progress)
    }

    private func backing(ofLowestOf disk: Disk) throws(MartletError) -> Image? {
        guard let id = disk.backing else { return nil }
        return try library.find(id.description)
    }

    /// What lies over a layer that nobody uses names the file that the layer is in now.
    func renameBelow(_ layer: ID<DiskLayer>, of disk: Disk, unless inUse: Set<String>) async throws {
        guard let below = disk.layer(layer)?.file else { return }
        let above = disk.children(of: layer).map(\.file) + (disk.parent == layer ? [disk.top] : [])
        for file in above where file.format == .qcow2 && !inUse.contains(file.path) {
            guard FileEntry.exists(layout.absolute(file.path)) else { continue }
            try await requireTool().rename(below: chainFile(below), of: layout.absolute(file.path), user: guestUser)
        }
    }
}
