import MartletLinux
package import MartletModel
import MartletQEMU
import MartletStore
import Synchronization

/// Every disk of the host: its documents and the files behind them.
package final class Disks: Sendable {
    private struct State {
        var disks: [ID<Disk>: Disk] = [:]
        /// Names in use, those of disks in the making included.
        var names: [String: ID<Disk>] = [:]
        /// Disks that an operation is deleting.
        var leaving: Set<ID<Disk>> = []
    }

    private let state = Mutex(State())
    private let events: EventHub
    let layout: RootLayout
    let store: any StateStore
    let environment: HostEnvironment
    let operations: Operations
    private let images: DiskImage?
    private let library: Images
    private let guestUser: UserAccount?

    init(
        layout: RootLayout, store: any StateStore, environment: HostEnvironment, operations: Operations,
        events: EventHub,
        images: DiskImage?, library: Images, guestUser: UserAccount?
    ) {
        self.layout = layout
        self.store = store
        self.environment = environment
        self.operations = operations
        self.events = events
        self.images = images
        self.library = library
        self.guestUser = guestUser
    }

    // MARK: Readers

    /// Every disk, by name.
    package func list() -> [Disk] {
        state.withLock { Array($0.disks.values) }.sorted { ($0.name, $0.id) < ($1.name, $1.id) }
    }

    /// - Throws: `notFound`.
    package func find(_ nameOrID: String) throws(MartletError) -> Disk {
        let found = state.withLock { state in
            (ID<Disk>(nameOrID) ?? state.names[nameOrID]).flatMap { state.disks[$0] }
        }
        if let found { return found }
        throw MartletError(.notFound, "there is no disk '\(nameOrID)'; list them with `martlet disk list`")
    }

    /// The machine that has the disk, as last recorded.
    func holder(of id: ID<Disk>) -> ID<VirtualMachine>? { state.withLock { $0.disks[id]?.machine } }

    /// - Throws: `inUse` when another machine has the disk, `notFound` when it is gone.
    func requireFree(_ id: ID<Disk>, for machine: ID<VirtualMachine>) throws(MartletError) {
        let (disk, isLeaving) = state.withLock { ($0.disks[id], $0.leaving.contains(id)) }
        guard let disk, !isLeaving else { throw MartletError(.notFound, "the disk \(id) is gone") }
        guard disk.machine == nil || disk.machine == machine else {
            throw MartletError(.inUse, "the disk '\(disk.name)' belongs to another machine now")
        }
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
            devices.append(
                .init(
                    id: disk.id, slot: attachment.slot, path: disk.path, format: disk.format,
                    backing: try backing(of: disk)?.path))
        }
        return devices
    }

    /// The image that a disk is a linked copy of; nil for one that stands by itself.
    ///
    /// - Throws: `invalidArgument` when the disk's file says otherwise; `notFound` when the image is gone.
    func backing(of disk: Disk) throws(MartletError) -> Image? {
        guard let id = disk.backing else { return nil }
        let image = try library.find(id.description)
        try DiskImage.requireLinked(path: layout.absolute(disk.path), backing: layout.absolute(image.path))
        return image
    }

    // MARK: Requests

    /// Begins to make an empty disk.
    ///
    /// - Throws: `invalidArgument`, `alreadyExists`; nothing was done then.
    package func create(_ request: CreateDiskRequest, by principal: Principal) async throws(MartletError) -> Operation {
        _ = try ResourceName(request.name)
        try VirtualMachineRules.check(diskCapacity: request.capacity)
        let id: ID<Disk> = environment.makeID()
        try reserve(name: request.name, for: id)
        let disk = Disk(
            id: id,
            name: request.name,
            format: .qcow2,
            capacity: request.capacity,
            path: "disks/\(RootLayout.diskFileName(request.name, id))",
            machine: nil,
            created: environment.now()
        )
        do {
            return try await operations.begin(
                DiskOperations.createKind, title: "create disk \(disk.name)", subject: "\(id)", input: disk,
                by: principal
            )
        } catch {
            forgetReservation(id)
            throw error
        }
    }

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
        backing: ID<Image>? = nil
    ) -> Disk {
        let diskID: ID<Disk> = environment.makeID()
        let name = state.withLock { state in
            var number = 1
            var name = "\(machine.prefix(90))-\(number)"
            while state.names[name] != nil || taken.contains(name) {
                number += 1
                name = "\(machine.prefix(90))-\(number)"
            }
            state.names[name] = diskID
            return name
        }
        return Disk(
            id: diskID,
            name: name,
            format: .qcow2,
            capacity: capacity,
            path: "\(folder)/disks/\(RootLayout.diskFileName(name, diskID))",
            machine: id,
            backing: backing,
            created: environment.now()
        )
    }

    /// What deleting a machine does to its disks.
    ///
    /// - Throws: `notFound`.
    func planDeletion(
        of configuration: VirtualMachineConfiguration, withDisks: Bool
    ) throws(MartletError) -> VirtualMachineOperations.Delete {
        var plan = VirtualMachineOperations.Delete(configuration: configuration, removed: [], kept: [])
        for id in configuration.diskIDs {
            let disk = try find(id.description)
            guard !withDisks else {
                plan.removed.append(disk)
                continue
            }
            var after = disk
            after.machine = nil
            if disk.path.hasPrefix("\(configuration.folder)/") {
                after.path = "disks/\(RootLayout.diskFileName(disk.name, disk.id))"
            }
            plan.kept.append(.init(before: disk, after: after))
        }
        return plan
    }

    /// Makes the disk's file; one that is there stays.
    ///
    /// - Throws: `unavailable`, `insufficientSpace`, `commandFailed`, `ioFailed`.
    /// - Parameter source: the image that a full copy is made of; nil for an empty disk or a linked copy.
    func makeImage(
        _ disk: Disk, copyOf source: Image? = nil, progress: @Sendable (Double) async -> Void = { _ in }
    ) async throws {
        guard let images else {
            throw MartletError(.unavailable, "qemu-img can't be used here; look at `martlet host check`")
        }
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

    func removeImage(_ disk: Disk) throws(MartletError) {
        try Folder.removeTree(layout.absolute(disk.path))
        try Folder.removeTree(layout.absolute(disk.relativeSidecar))
    }

    /// - Throws: `alreadyExists`.
    func reserve(name: String, for id: ID<Disk>) throws(MartletError) {
        let isFree = state.withLock { state in
            guard state.names[name] == nil || state.names[name] == id else { return false }
            state.names[name] = id
            return true
        }
        if !isFree { throw MartletError(.alreadyExists, "there is a disk '\(name)' already; choose another name") }
    }

    func forgetReservation(_ id: ID<Disk>) {
        state.withLock { state in
            guard state.disks[id] == nil else { return }
            state.names = state.names.filter { $0.value != id }
        }
    }

    /// - Throws: `wrongState`.
    func markLeaving(_ id: ID<Disk>) throws(MartletError) {
        let isNew = state.withLock { $0.leaving.insert(id).inserted }
        if !isNew { throw MartletError(.wrongState, "the disk \(id) is being deleted already") }
    }

    func unmarkLeaving(_ id: ID<Disk>) {
        state.withLock { _ = $0.leaving.remove(id) }
    }

    /// Makes a recorded disk, or its change, known.
    func publish(_ disk: Disk) {
        let isNews = state.withLock { state in
            state.names[disk.name] = disk.id
            return state.disks.updateValue(disk, forKey: disk.id) != disk
        }
        if isNews { events.publish(.diskChanged(disk)) }
    }

    func forget(_ id: ID<Disk>) {
        let wasKnown = state.withLock { state in
            state.names = state.names.filter { $0.value != id }
            state.leaving.remove(id)
            return state.disks.removeValue(forKey: id) != nil
        }
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
