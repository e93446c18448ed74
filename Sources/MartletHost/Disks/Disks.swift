import MartletLinux
package import MartletModel
import MartletQEMU
import MartletStore
import Synchronization

/// Every disk of the host: its documents and the files behind them.
package final class Disks: Sendable {
    private struct State {
        var disks = Catalog<Disk>()
        /// Disks in the making, whose names and pools are kept for them.
        var arriving: [ID<Disk>: Disk] = [:]
        /// Disks that an operation works on, by what it does with them: no other may, and no machine starts with them.
        var busy: [ID<Disk>: String] = [:]
    }

    private let state = Mutex(State())
    private let events: EventHub
    let layout: RootLayout
    let store: any StateStore
    let environment: HostEnvironment
    let operations: Operations
    let pools: Pools
    private let images: DiskImage?
    let library: Images
    let guestUser: UserAccount?

    init(
        layout: RootLayout, store: any StateStore, environment: HostEnvironment, operations: Operations,
        events: EventHub, pools: Pools, images: DiskImage?, library: Images, guestUser: UserAccount?
    ) {
        self.layout = layout
        self.store = store
        self.environment = environment
        self.operations = operations
        self.events = events
        self.pools = pools
        self.images = images
        self.library = library
        self.guestUser = guestUser
    }

    // MARK: Readers

    /// Every disk, by name.
    package func list() -> [Disk] {
        state.withLock { $0.disks }.sorted
    }

    /// - Throws: `notFound`.
    package func find(_ nameOrID: String) throws(MartletError) -> Disk {
        try state.withLock { state throws(MartletError) in try state.disks.find(nameOrID) }
    }

    /// The machine that has the disk, as last recorded.
    func holder(of id: ID<Disk>) -> ID<VirtualMachine>? { state.withLock { $0.disks.items[id]?.machine } }

    /// - Throws: `inUse` when another machine has the disk, `notFound` when it is gone.
    func requireFree(_ id: ID<Disk>, for machine: ID<VirtualMachine>) throws(MartletError) {
        let (disk, isLeaving) = state.withLock { ($0.disks.items[id], $0.disks.leaving.contains(id)) }
        guard let disk, !isLeaving else { throw MartletError(.notFound, "the disk \(id) is gone") }
        guard disk.machine == nil || disk.machine == machine else {
            throw MartletError(.inUse, "the disk '\(disk.name)' belongs to another machine now")
        }
        guard disk.format.isForMachines else { throw Self.notForMachines(disk) }
    }

    static func notForMachines(_ disk: Disk) -> MartletError {
        MartletError(
            .unsupported,
            "the disk '\(disk.name)' is a \(disk.format.image), which no machine runs on; convert it first: `martlet disk convert '\(disk.name)' --format qcow2`"
        )
    }

    /// What QEMU is told of these disks.
    ///
    /// - Throws: `notFound`.
    func devices(
        _ attachments: [VirtualMachineConfiguration.DiskAttachment]
    ) throws(MartletError) -> [MachineSpecification.DiskDevice] {
        var devices: [MachineSpecification.DiskDevice] = []
        for attachment in attachments {
            let disk = try find(attachment.disk.description)
            guard disk.format.isForMachines else { throw Self.notForMachines(disk) }
            var device = MachineSpecification.DiskDevice(
                id: disk.id, slot: attachment.slot, path: disk.path, format: disk.format,
                backing: try backing(of: disk)?.path)
            device.overlay = disk.overlay
            device.layers = disk.chain.map(\.file)
            devices.append(device)
        }
        return devices
    }

    /// The image that a disk is a linked copy of; nil for one that stands by itself. Its layers are looked at too.
    ///
    /// - Throws: `invalidArgument` when one of the disk's files says otherwise; `notFound` when one, or the image, is gone.
    func backing(of disk: Disk) throws(MartletError) -> Image? {
        try requireLayers(of: disk)
        guard let id = disk.backing else { return nil }
        let image = try library.find(id.description)
        let lowest = disk.chain.last?.file.path ?? disk.path
        try DiskImage.requireLinked(path: layout.absolute(lowest), backing: layout.absolute(image.path))
        return image
    }

    /// The files that a disk lies over, the nearest first: its layers, then its image.
    ///
    /// - Throws: as `backing(of:)`.
    func chain(of disk: Disk) throws(MartletError) -> [DiskImage.ChainFile] {
        let image = try backing(of: disk)
        return disk.chain.map { chainFile($0.file) }
            + (image.map { [.init(path: layout.absolute($0.path), format: .qcow2)] } ?? [])
    }

    func chainFile(_ file: DiskFile) -> DiskImage.ChainFile {
        .init(path: layout.absolute(file.path), format: file.format.image)
    }

    // MARK: Requests

    /// Begins to delete a disk that no machine has.
    ///
    /// - Throws: `notFound`, `inUse`, `wrongState` when it is being deleted already.
    package func delete(_ id: ID<Disk>, by principal: Principal) async throws(MartletError) -> Operation {
        let disk = try find(id.description)
        if let machine = disk.machine {
            throw MartletError(
                .inUse,
                "the disk '\(disk.name)' belongs to a machine; delete that machine first",
                details: [.init("machine", "\(machine)")]
            )
        }
        try markLeaving(id)
        do {
            try requireIdle([id])
            return try await operations.begin(
                DiskOperations.deleteKind, title: "delete disk \(disk.name)", subject: "\(id)", input: disk,
                by: principal
            )
        } catch {
            unmarkLeaving(id)
            throw error
        }
    }

    // MARK: For operations

    /// Decides about a new disk of a new machine, and keeps its name.
    func plan(
        forMachine machine: String, id: ID<VirtualMachine>, folder: String, capacity: ByteCount, taken: Set<String>,
        pool: Pool, backing: ID<Image>? = nil
    ) -> Disk {
        let diskID: ID<Disk> = environment.makeID()
        let name = state.withLock { state in
            var number = 1
            var name = "\(machine.prefix(90))-\(number)"
            while state.disks.names[name] != nil || taken.contains(name) {
                number += 1
                name = "\(machine.prefix(90))-\(number)"
            }
            try? state.disks.reserve(name: name, for: diskID)
            return name
        }
        let isHere = pool.id == Pools.rootID
        var disk = Disk(
            id: diskID,
            name: name,
            format: .qcow2,
            capacity: capacity,
            path: isHere
                ? "\(folder)/disks/\(RootLayout.diskFileName(name, diskID))"
                : pools.path(ofDisk: name, diskID, format: .qcow2, in: pool),
            machine: id,
            backing: backing,
            created: environment.now()
        )
        disk.pool = isHere ? nil : pool.id
        state.withLock { $0.arriving[diskID] = disk }
        return disk
    }

    /// What deleting a machine does to its disks.
    ///
    /// - Throws: `notFound`.
    func planDeletion(
        of configuration: VirtualMachineConfiguration, withDisks: Bool
    ) throws(MartletError) -> VirtualMachineOperations.Delete {
        var plan = VirtualMachineOperations.Delete(configuration: configuration, removed: [], kept: [])
        let others = list().filter { $0.machine == configuration.id && !configuration.diskIDs.contains($0.id) }
        let all = configuration.diskIDs + others.map(\.id)
        try requireIdle(all)
        for id in all {
            let disk = try find(id.description)
            guard !withDisks else {
                plan.removed.append(disk)
                continue
            }
            var after = disk
            after.machine = nil
            after.path = pathOutside(configuration.folder, of: disk)
            plan.kept.append(.init(before: disk, after: after))
        }
        return plan
    }

    /// Where the disk's file goes when it leaves a machine with this folder.
    func pathOutside(_ folder: String, of disk: Disk) -> String {
        guard disk.path.hasPrefix("\(folder)/") else { return disk.path }
        return "disks/\(RootLayout.diskFileName(disk.name, disk.id, disk.format))"
    }

    /// Makes the disk's file; one that is there stays.
    ///
    /// - Throws: `unavailable`, `insufficientSpace`, `commandFailed`, `ioFailed`.
    /// - Parameter source: the image that a full copy is made of; nil for an empty disk or a linked copy.
    func makeImage(
        _ disk: Disk, copyOf source: Image? = nil, progress: @Sendable (Double) async -> Void = { _ in }
    ) async throws {
        let images = try requireTool()
        let path = layout.absolute(disk.path)
        let owner = guestUser?.owner
        if FileEntry.exists(path) {
            // A step that is done again.
        } else if let source {
            try await images.copy(
                of: layout.absolute(source.path), to: path, capacity: disk.capacity, owner: owner, progress: progress)
        } else if let id = disk.backing {
            let backing = layout.absolute(try library.find(id.description).path)
            try await images.createLinked(path: path, backing: backing, capacity: disk.capacity, owner: owner)
        } else {
            try await images.create(path: path, capacity: disk.capacity, format: disk.format)
        }
        if let owner { try FileEntry.setOwner(owner, of: path) }
        try Sidecar.write(disk, layout: layout)
    }

    /// Removes a disk's files, its layers too.
    func removeImage(_ disk: Disk) throws(MartletError) {
        for file in disk.files { try Folder.removeTree(layout.absolute(file.path)) }
        try Folder.removeTree(layout.absolute(disk.relativeSidecar))
    }

    /// Keeps a name and a place in its pool for a disk in the making; the same again is no change.
    ///
    /// - Throws: `alreadyExists`.
    func reserve(_ disk: Disk) throws(MartletError) {
        try state.withLock { state throws(MartletError) in
            try state.disks.reserve(name: disk.name, for: disk.id)
            state.arriving[disk.id] = disk
        }
    }

    func forgetReservation(_ id: ID<Disk>) {
        state.withLock { state in
            state.arriving[id] = nil
            state.disks.forgetReservation(id)
        }
    }

    /// Gives back what is kept for the disks of a machine that is not made after all.
    func forgetReservations(for machine: ID<VirtualMachine>) {
        for id in state.withLock({ $0.arriving.filter { $1.machine == machine }.keys }) { forgetReservation(id) }
    }

    /// The names of the disks in a pool, those in the making among them.
    func names(in pool: ID<Pool>) -> [String] {
        state.withLock { state in
            state.disks.sorted.filter { $0.pool == pool }.map(\.name)
                + state.arriving.values.filter { $0.pool == pool }.map(\.name).sorted()
        }
    }

    /// - Throws: `wrongState`.
    func markLeaving(_ id: ID<Disk>) throws(MartletError) {
        try state.withLock { state throws(MartletError) in try state.disks.markLeaving(id) }
    }

    func unmarkLeaving(_ id: ID<Disk>) { state.withLock { $0.disks.unmarkLeaving(id) } }

    /// - Throws: `unavailable`.
    func requireTool() throws(MartletError) -> DiskImage {
        if let images { return images }
        throw MartletError(.unavailable, "qemu-img can't be used here; look at `martlet host check`")
    }

    // MARK: One operation at a time on a disk

    /// Takes a disk for an operation.
    ///
    /// - Parameter work: what is done with it, as in "it is being resized".
    /// - Throws: `notFound`; `inUse` when another operation works on it.
    func markBusy(_ id: ID<Disk>, _ work: String) throws(MartletError) {
        let (disk, other) = state.withLock { state in
            let other = state.disks.leaving.contains(id) ? "deleted" : state.busy[id]
            if state.disks.items[id] != nil, other == nil { state.busy[id] = work }
            return (state.disks.items[id], other)
        }
        guard let disk else { throw MartletError(.notFound, "the disk \(id) is gone") }
        guard let other else { return }
        throw MartletError(
            .inUse, "the disk '\(disk.name)' is being \(other); wait for that with `martlet operation list`")
    }

    func unmarkBusy(_ id: ID<Disk>) { state.withLock { _ = $0.busy.removeValue(forKey: id) } }

    /// An unfinished operation takes its disk in hand again.
    func resumeBusy(_ id: ID<Disk>, _ work: String) { state.withLock { $0.busy[id] = work } }

    func isBusy(_ id: ID<Disk>) -> Bool { state.withLock { $0.busy[id] != nil || $0.disks.leaving.contains(id) } }

    /// - Throws: `inUse` when an operation works on one of the disks.
    func requireIdle(_ ids: [ID<Disk>]) throws(MartletError) {
        let found = state.withLock { state in
            ids.compactMap { id in state.busy[id].flatMap { work in state.disks.items[id].map { ($0.name, work) } } }
                .first
        }
        guard let found else { return }
        throw MartletError(
            .inUse, "the disk '\(found.0)' is being \(found.1); wait for that with `martlet operation list`")
    }

    /// Whether the file is there, in a pool that is, and no other program has it locked.
    ///
    /// - Throws: `unavailable` for a pool that isn't there; `notFound`; `inUse`, naming who holds the file.
    func requireUsable(_ disk: Disk) async throws(MartletError) {
        if let pool = pools.pool(of: disk.pool) { try await pools.requirePresent(pool) }
        let path = layout.absolute(disk.path)
        let paths = [path] + disk.chain.map { layout.absolute($0.file.path) }
        try await BlockingWork.run { () throws(MartletError) in
            if let gone = paths.first(where: { !FileEntry.exists($0) }) {
                throw MartletError(.notFound, "a file of the disk '\(disk.name)' is gone: '\(gone)'")
            }
            try ImageLock.requireFree(path)
        }
    }

    /// Makes a recorded disk, or its change, known.
    func publish(_ disk: Disk) {
        let isNews = state.withLock { state in
            state.arriving[disk.id] = nil
            return state.disks.put(disk)
        }
        if isNews { events.publish(.diskChanged(disk)) }
    }

    func forget(_ id: ID<Disk>) {
        let wasKnown = state.withLock { $0.disks.remove(id) }
        if wasKnown { events.publish(.diskDeleted(id)) }
    }

    /// Makes the stored disks known.
    ///
    /// - Returns: what couldn't be read, a sentence each.
    /// - Throws: `storeFailed`.
    func load() async throws(MartletError) -> [String] {
        let list = try await store.list(Disk.self)
        for stored in list.documents { publish(stored.document) }
        return list.undecodable.map { "disk \($0.id) can't be read and was set aside: \($0.reason)" }
    }
}
