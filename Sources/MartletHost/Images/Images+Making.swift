import MartletLinux
import MartletModel
import MartletQEMU
import MartletStore

/// What the steps of an import and of a build do. Each may be done twice.
extension Images {
    /// - Throws: `unavailable`.
    func requireTool() throws(MartletError) -> DiskImage {
        if let tool { return tool }
        throw MartletError(.unavailable, "qemu-img can't be used here; look at `martlet host check`")
    }

    private func staging(_ id: ID<Image>) -> ImageStaging { ImageStaging(layout: layout, id: id) }

    /// What a program of the stranger's reads and may not change.
    private var strangerReadable: FileOwner? { stranger.map { FileOwner(userID: 0, groupID: $0.groupID) } }

    /// Brings the source into the staging folder, checks its digest, and looks what it is.
    func fetch(_ input: ImageOperations.Import, _ context: OperationContext) async throws {
        let staging = staging(input.making.id)
        if staging.facts != nil { return }
        try staging.makeAnew()
        switch try ImageRules.source(input.address) {
        case .file(let path):
            try requireRoom(for: path)
            try await FileCopy.copy(from: path, to: staging.source, mode: 0o440, owner: strangerReadable) {
                await context.progress($0 * 0.7)
            }
        case .address(let address):
            let download = Download(user: stranger, folder: layout.root)
            try await download.fetch(address, to: staging.relativeSource, most: try room()) {
                await context.progress($0 * 0.9)
            }
            // From here on nobody but us can change it.
            if let owner = strangerReadable { try FileEntry.setOwner(owner, of: staging.source) }
            try FileEntry.setMode(0o440, of: staging.source)
        }
        let digest = try await FileCopy.digest(of: staging.source) { await context.progress(0.9 + $0 * 0.1) }
        try compare(digest, with: input)
        let shown = input.making.source
        let format: ImageFormat
        if let given = input.format {
            format = given
        } else {
            format = try await requireTool().recognize(path: staging.source, name: shown)
        }
        let facts = try await requireTool().inspect(path: staging.source, format: format, name: shown, user: stranger)
        try staging.write(.init(sha256: digest, format: format, capacity: facts.virtualSize))
    }

    private func compare(_ digest: String, with input: ImageOperations.Import) throws(MartletError) {
        guard let wanted = input.sha256, wanted != digest else { return }
        throw MartletError(
            .preconditionFailed,
            "'\(input.making.source)' has the SHA-256 \(digest), and \(wanted) was wanted; nothing of it is kept",
            details: [.init("sha256", digest), .init("wanted", wanted)]
        )
    }

    /// A twentieth of what is free is left.
    private func room() throws(MartletError) -> ByteCount {
        let free = try Folder.freeSpace(layout.imagesFolder)
        return ByteCount(bytes: free.bytes - free.bytes / 20)
    }

    private func requireRoom(for path: String) throws(MartletError) {
        let (size, room) = (try FileEntry.allocatedSize(path), try room())
        guard size > room else { return }
        throw MartletError(
            .insufficientSpace, "'\(path)' takes \(size), and there is room for \(room); make room")
    }

    /// Makes the disk by its recipe.
    func build(_ input: ImageOperations.Build, _ context: OperationContext) async throws {
        let staging = staging(input.making.id)
        if staging.facts != nil { return }
        try staging.makeAnew()
        if input.recipe == GuestServicesDisc.recipe { return try writeServicesDisc(in: staging) }
        try Folder.make(staging.work, mode: 0o711)
        try await recipes.run(input, in: staging.work) { await context.progress($0) }
        try FileEntry.renameIfPresent("\(staging.work)/disk.raw", to: staging.source)
        try Folder.removeTree(staging.work)
        if let owner = strangerReadable { try FileEntry.setOwner(owner, of: staging.source) }
        try FileEntry.setMode(0o440, of: staging.source)
        let facts = try await requireTool().inspect(
            path: staging.source, format: .raw, name: input.recipe, user: stranger)
        try staging.write(.init(sha256: nil, format: .raw, capacity: facts.virtualSize))
    }

    private func writeServicesDisc(in staging: ImageStaging) throws {
        let disc = OpticalDisc(label: GuestServicesDisc.label, files: try recipes.services().contents()).bytes
        try AtomicFile.write(disc, to: staging.source, mode: 0o440)
        if let owner = strangerReadable { try FileEntry.setOwner(owner, of: staging.source) }
        try staging.write(.init(sha256: nil, format: .iso, capacity: ByteCount(bytes: Int64(disc.count))))
    }

    /// Takes away all that was begun.
    func unmake(_ id: ID<Image>) throws(MartletError) { try staging(id).remove() }

    /// Makes our own format of what isn't an optical disc.
    func convert(_ making: ImageOperations.Making, _ context: OperationContext) async throws {
        let staging = staging(making.id)
        let facts = try staging.requireFacts()
        if facts.format == .iso || FileEntry.exists(staging.disk) { return }
        try await requireTool().convert(
            from: staging.source, format: facts.format, to: staging.disk, format: .qcow2, name: making.source,
            user: stranger
        ) {
            await context.progress($0)
        }
    }

    /// Puts the finished file where it stays, for guests to read and never to write, with its document beside it.
    func place(_ making: ImageOperations.Making) throws {
        let staging = staging(making.id)
        let facts = try staging.requireFacts()
        let isDisc = facts.format == .iso
        let path = making.path(isDisc: isDisc)
        let target = layout.absolute(path)
        if !FileEntry.exists(target) {
            let made = isDisc ? staging.source : staging.disk
            if let guestUser { try FileEntry.setOwner(FileOwner(userID: 0, groupID: guestUser.groupID), of: made) }
            try FileEntry.setMode(0o440, of: made)
            try FileEntry.renameIfPresent(made, to: target)
        }
        let image = Image(
            id: making.id, name: making.name, kind: isDisc ? .iso : .disk, capacity: facts.capacity,
            fileSize: try FileEntry.size(target), sha256: facts.sha256, source: making.source,
            description: making.description, bootsWithUEFI: making.isBuilt && !isDisc ? true : nil,
            bootsWithSecureBoot: making.isBuilt && !isDisc ? true : nil, path: path, created: making.created
        )
        try Sidecar.write(image, layout: layout)
    }

    func displace(_ making: ImageOperations.Making) throws(MartletError) {
        for isDisc in [true, false] {
            let path = layout.absolute(making.path(isDisc: isDisc))
            try Folder.removeTree(path)
            try Folder.removeTree("\(path).json")
        }
    }

    /// Records what was placed, and makes it known.
    func record(_ making: ImageOperations.Making) async throws {
        let sidecars = [true, false].map { "\(layout.absolute(making.path(isDisc: $0))).json" }
        guard let sidecar = sidecars.first(where: FileEntry.exists),
            let image = Sidecar.read(Image.self, at: sidecar).document
        else { throw MartletError(.internal, "the image \(making.id) has no document beside its file") }
        try await store.put(image)
        publish(image)
        try staging(making.id).remove()
    }

    func unrecord(_ id: ID<Image>) async throws {
        try await store.transaction([.delete(Image.self, id: "\(id)")], durability: .powerLoss)
        forget(id)
    }

    func removeFiles(_ image: Image) throws(MartletError) {
        try Folder.removeTree(layout.absolute(image.path))
        try Folder.removeTree(layout.absolute(image.relativeSidecar))
    }
}
