import FoundationEssentials
import Logging
import MartletLinux
import MartletModel
import MartletStore
import Synchronization

/// Where disks' files may lie: the root's own pool, and folders or mounts elsewhere.
///
/// A pool elsewhere has a marker in its folder. A folder without it is a mount point that nothing is mounted on, and never taken for
/// an empty pool.
final class Pools: Sendable {
    /// The root's own pool: always there, in no store, and at `disks` below the root.
    static let rootName = "root"
    static let rootID = ID<Pool>("00000000-0000-4000-8000-000000000000") ?? ID(UUID())

    private struct State {
        var pools: [ID<Pool>: Pool] = [:]
        /// Names that pools are about to have.
        var reserved: Set<String> = []
        /// Folders that are being made pools.
        var beingMade: Set<String> = []
        /// Whether pools are being written: which is the default concerns two of them.
        var isBeingWritten = false
        /// Pools that are being deleted, into which nothing comes any more.
        var leaving: Set<ID<Pool>> = []
    }

    private let state = Mutex(State())
    let layout: RootLayout
    let store: any StateStore
    let environment: HostEnvironment
    private let events: EventHub
    private let guestUser: UserAccount?
    private let created: Moment

    init(
        layout: RootLayout, store: any StateStore, environment: HostEnvironment, events: EventHub,
        guestUser: UserAccount?
    ) {
        self.layout = layout
        self.store = store
        self.environment = environment
        self.events = events
        self.guestUser = guestUser
        created = environment.now()
    }

    // MARK: Readers

    /// Every pool, the root's own first and then by name; without what is seen of them.
    func all() -> [Pool] {
        let pools = state.withLock { Array($0.pools.values) }.sorted { ($0.name, $0.id) < ($1.name, $1.id) }
        let root = Pool(
            id: Self.rootID, name: Self.rootName, path: layout.root, isDefault: !pools.contains(where: \.isDefault),
            created: created)
        return [root] + pools
    }

    /// - Throws: `notFound`.
    func find(_ nameOrID: String) throws(MartletError) -> Pool {
        let id = ID<Pool>(nameOrID)
        if let pool = all().first(where: { $0.id == id || $0.name == nameOrID }) { return pool }
        throw MartletError(.notFound, "there is no pool '\(nameOrID)'; list them with `martlet pool list`")
    }

    /// The pool of a disk.
    func pool(of id: ID<Pool>?) -> Pool? { all().first { $0.id == id ?? Self.rootID } }

    /// The pool that a request names, or the default one, ready to take files.
    ///
    /// - Throws: `notFound`; `unavailable` when it isn't there.
    func chosen(_ nameOrID: String?) async throws(MartletError) -> Pool {
        var pool = defaultPool
        if let nameOrID { pool = try find(nameOrID) }
        try await requirePresent(pool)
        return pool
    }

    /// To be asked once a disk's place is kept: whoever deletes the pool has seen that place, or this sees the deletion.
    ///
    /// - Throws: `notFound` for a pool that is being deleted, or is gone.
    func requireStaying(_ pool: Pool) throws(MartletError) {
        let stays = state.withLock {
            !$0.leaving.contains(pool.id) && (pool.id == Self.rootID || $0.pools[pool.id] != nil)
        }
        if !stays { throw MartletError(.notFound, "the pool '\(pool.name)' is being deleted; choose another") }
    }

    private var defaultPool: Pool {
        let pools = all()
        return pools.first(where: \.isDefault) ?? pools[0]
    }

    /// What a pool is now.
    func status(of pool: Pool, disks: Int) async -> PoolStatus {
        guard await isPresent(pool),
            let space = try? await BlockingWork.run({ () throws(MartletError) in try Folder.space(pool.path) })
        else { return PoolStatus(state: .missing, total: nil, free: nil, disks: disks) }
        let state = SpacePolicy.state(free: space.free, of: space.total)
        return PoolStatus(state: state, total: space.total, free: space.free, disks: disks)
    }

    /// - Throws: `unavailable` for a pool that isn't there, saying what to do.
    func requirePresent(_ pool: Pool) async throws(MartletError) {
        guard await !isPresent(pool) else { return }
        throw MartletError(
            .unavailable,
            "the pool '\(pool.name)' isn't there: nothing in '\(pool.path)' says that it is; mount what belongs there",
            details: [.init("pool", pool.name), .init("path", pool.path)]
        )
    }

    private func isPresent(_ pool: Pool) async -> Bool {
        guard pool.id != Self.rootID else { return true }
        let marker = try? await BlockingWork.run { () throws(MartletError) in try PoolMarker.read(in: pool.path) }
        return marker?.id == pool.id
    }

    // MARK: Files

    /// Where a new disk's file goes: relative to the root in the root's own pool, absolute elsewhere.
    func path(ofDisk name: String, _ id: ID<Disk>, format: Disk.Format, in pool: Pool) -> String {
        let file = RootLayout.diskFileName(name, id, format)
        return pool.id == Self.rootID ? "disks/\(file)" : "\(pool.path)/disks/\(file)"
    }

    // MARK: Requests

    /// Makes a folder a pool.
    ///
    /// - Throws: `invalidArgument`, `notFound`, `forbidden` for the folder; `alreadyExists` for the name, or a folder that is another
    ///   host's pool; `contradictory` for one that overlaps another; `storeFailed`, `insufficientSpace`.
    func create(_ request: CreatePoolRequest) async throws(MartletError) -> Pool {
        _ = try ResourceName(request.name)
        try reserve(request.name)
        defer { state.withLock { _ = $0.reserved.remove(request.name) } }
        try take(request.path)
        defer { state.withLock { _ = $0.beingMade.remove(request.path) } }
        let user = guestUser
        try await BlockingWork.run { () throws(MartletError) in
            try FolderSafety.check(request.path, passableBy: user)
        }
        var pool = Pool(
            id: environment.makeID(), name: request.name, path: request.path, isDefault: request.isDefault ?? false,
            created: environment.now())
        pool.id = try await mark(pool)
        try beginWriting()
        defer { endWriting() }
        try await record(pool)
        return pool
    }

    /// - Throws: `notFound`, `alreadyExists`, `invalidArgument`, `conflict`, `storeFailed`.
    func update(_ id: ID<Pool>, _ request: UpdatePoolRequest) async throws(MartletError) -> Pool {
        try beginWriting()
        defer { endWriting() }
        var pool = try find("\(id)")
        if let name = request.name, name != pool.name {
            guard id != Self.rootID else {
                throw MartletError(.unsupported, "the root's own pool is always called '\(Self.rootName)'")
            }
            _ = try ResourceName(name)
            try reserve(name)
            pool.name = name
        }
        defer { state.withLock { _ = $0.reserved.remove(pool.name) } }
        if let isDefault = request.isDefault { pool.isDefault = isDefault }
        try await record(pool)
        return try find("\(id)")
    }

    /// Forgets a pool that has no disks. Its folder stays, without its marker.
    ///
    /// - Parameter disks: the names of those in it and of those on their way there.
    /// - Throws: `notFound`; `inUse` when there are disks in it; `unsupported` for the root's own; `storeFailed`.
    func delete(_ id: ID<Pool>, disks: () -> [String]) async throws(MartletError) {
        let pool = try find("\(id)")
        guard id != Self.rootID else {
            throw MartletError(.unsupported, "the root's own pool can't be deleted; it goes with the root")
        }
        guard state.withLock({ $0.leaving.insert(id).inserted }) else {
            throw MartletError(.wrongState, "the pool '\(pool.name)' is being deleted already")
        }
        defer { state.withLock { _ = $0.leaving.remove(id) } }
        let inside = disks()
        guard inside.isEmpty else {
            throw MartletError(
                .inUse,
                "the pool '\(pool.name)' has \(inside.count) disks, '\(inside[0])' among them; delete or convert those first",
                details: inside.prefix(20).map { .init("disk", $0) })
        }
        try await store.transaction([.delete(Pool.self, id: "\(id)")], durability: .powerLoss)
        try Folder.removeTree("\(layout.poolsFolder)/\(id).json")
        state.withLock { $0.pools[id] = nil }
        events.publish(.poolDeleted(id))
        // Without the marker too the folder is only a folder; one that isn't there keeps it, and may be taken again.
        guard await isPresent(pool) else { return }
        try await BlockingWork.run { () throws(MartletError) in try PoolMarker.remove(from: pool.path) }
    }

    // MARK: Steps

    private func beginWriting() throws(MartletError) {
        let isFirst = state.withLock { state in
            defer { state.isBeingWritten = true }
            return !state.isBeingWritten
        }
        if !isFirst { throw MartletError(.conflict, "another pool is being changed just now; try again") }
    }

    private func endWriting() { state.withLock { $0.isBeingWritten = false } }

    private func reserve(_ name: String) throws(MartletError) {
        let isFree = state.withLock { state in
            guard name != Self.rootName, !state.pools.values.contains(where: { $0.name == name }) else { return false }
            return state.reserved.insert(name).inserted
        }
        if !isFree { throw MartletError(.alreadyExists, "there is a pool '\(name)' already; choose another name") }
    }

    /// Keeps a folder for a pool that is being made, unless it overlaps another.
    private func take(_ path: String) throws(MartletError) {
        let root = [(name: "the host's root", path: FileEntry.canonical(layout.root))]
        let other = state.withLock { state -> (name: String, path: String)? in
            let others =
                root + state.pools.values.map { (name: "the pool '\($0.name)'", path: $0.path) }
                + state.beingMade.map { (name: "a pool that is being made", path: $0) }
            if let other = others.first(where: { Self.overlap($0.path, path) }) { return other }
            state.beingMade.insert(path)
            return nil
        }
        guard let other else { return }
        throw MartletError(
            .contradictory, "'\(path)' overlaps \(other.name) at '\(other.path)'; choose another folder")
    }

    private static func overlap(_ one: String, _ other: String) -> Bool {
        // Everything lies below the root folder.
        let (one, other) = (one == "/" ? "/" : one + "/", other + "/")
        return one.hasPrefix(other) || other.hasPrefix(one)
    }

    /// Makes the pool's folders and its marker; a marker of ours whose pool isn't known is taken again, as after a crash.
    private func mark(_ pool: Pool) async throws(MartletError) -> ID<Pool> {
        let known = Set(all().map(\.id))
        let host = try await hostID()
        return try await BlockingWork.run { () throws(MartletError) in
            if let found = try PoolMarker.read(in: pool.path) {
                guard found.host == host, !known.contains(found.id) else {
                    throw MartletError(
                        .alreadyExists,
                        "'\(pool.path)' is a pool of another host already; if that host is gone, remove '\(pool.path)/\(PoolMarker.name)'"
                    )
                }
                try Folder.make("\(pool.path)/disks", mode: 0o711)
                return found.id
            }
            try Folder.make("\(pool.path)/disks", mode: 0o711)
            try PoolMarker(id: pool.id, host: host, name: pool.name).write(to: pool.path)
            return pool.id
        }
    }

    private func hostID() async throws(MartletError) -> ID<Host> {
        guard let identity = try await store.get(HostIdentity.self, id: "self") else {
            throw MartletError(.internal, "this host has no identity yet")
        }
        return identity.document.id
    }

    private func record(_ pool: Pool) async throws(MartletError) {
        var changed = pool.id == Self.rootID ? [] : [pool]
        if pool.isDefault {
            changed += all().filter { $0.isDefault && $0.id != pool.id && $0.id != Self.rootID }.map { other in
                var other = other
                other.isDefault = false
                return other
            }
        }
        guard !changed.isEmpty else { return }
        var writes: [StoreWrite] = []
        for pool in changed { writes.append(try .put(pool)) }
        try await store.transaction(writes, durability: .powerLoss)
        for pool in changed {
            try Sidecar.write(pool, layout: layout)
            publish(pool)
        }
    }

    private func publish(_ pool: Pool) {
        state.withLock { $0.pools[pool.id] = pool }
        events.publish(.poolChanged(pool))
    }

    /// Tells everybody what became of a pool's room.
    func tell(_ pool: Pool, _ status: PoolStatus) {
        var pool = pool
        pool.status = status
        events.publish(.poolChanged(pool))
    }

    /// Makes the stored pools known.
    ///
    /// - Returns: what couldn't be read, a sentence each.
    /// - Throws: `storeFailed`.
    func load() async throws(MartletError) -> [String] {
        let list = try await store.list(Pool.self)
        state.withLock { state in
            for stored in list.documents { state.pools[stored.document.id] = stored.document }
        }
        return list.undecodable.map { "pool \($0.id) can't be read and was set aside: \($0.reason)" }
    }
}
