import Logging
import MartletLinux
package import MartletModel
import MartletQEMU
import MartletStore
import Synchronization

/// Every image of the host: its documents and the files behind them.
package final class Images: Sendable {
    private struct State {
        var images: [ID<Image>: Image] = [:]
        /// Names in use, those of images in the making included.
        var names: [String: ID<Image>] = [:]
        /// Images that an operation is deleting.
        var leaving: Set<ID<Image>> = []
        /// Images that something in the making will need, by what that is.
        var held: [String: ID<Image>] = [:]
    }

    private let state = Mutex(State())
    private let events: EventHub
    let layout: RootLayout
    let store: any StateStore
    let environment: HostEnvironment
    let operations: Operations
    let tool: DiskImage?
    let recipes: ImageRecipes
    /// Whom guests run as when we are root.
    let guestUser: UserAccount?
    /// Whom programs run as that read what strangers made: somebody who owns nothing, not even guests.
    let stranger: UserAccount?
    /// Who besides disks uses an image, as sentences; set by what puts the host together, before anything is deleted.
    private let others: Mutex<@Sendable (ID<Image>) -> [String]>

    init(
        layout: RootLayout, store: any StateStore, environment: HostEnvironment, operations: Operations,
        events: EventHub, tool: DiskImage?, recipes: ImageRecipes, guestUser: UserAccount?, stranger: UserAccount?
    ) {
        self.layout = layout
        self.store = store
        self.environment = environment
        self.operations = operations
        self.events = events
        self.tool = tool
        self.recipes = recipes
        self.guestUser = guestUser
        self.stranger = stranger
        others = Mutex { _ in [] }
    }

    // MARK: Readers

    /// Every image, by name.
    package func list() -> [Image] {
        state.withLock { Array($0.images.values) }.sorted { ($0.name, $0.id) < ($1.name, $1.id) }
    }

    /// - Throws: `notFound`.
    package func find(_ nameOrID: String) throws(MartletError) -> Image {
        let found = state.withLock { state in
            (ID<Image>(nameOrID) ?? state.names[nameOrID]).flatMap { state.images[$0] }
        }
        if let found { return found }
        throw MartletError(.notFound, "there is no image '\(nameOrID)'; list them with `martlet image list`")
    }

    /// An image of this kind.
    ///
    /// - Throws: `notFound`; `contradictory` for one of another kind.
    package func find(_ nameOrID: String, kind: Image.Kind) throws(MartletError) -> Image {
        let image = try find(nameOrID)
        guard image.kind == kind else {
            throw MartletError(
                .contradictory,
                "the image '\(image.name)' is of the kind \(image.kind.rawValue), and one of the kind \(kind.rawValue) is needed"
            )
        }
        return image
    }

    // MARK: Who needs what

    /// Says who uses images beside what `hold` tells.
    func setUsers(_ find: @escaping @Sendable (ID<Image>) -> [String]) { others.withLock { $0 = find } }

    /// Keeps an image from being deleted while `user` is in the making; the same again is no change.
    ///
    /// - Throws: `notFound` when it is gone or going.
    func hold(_ id: ID<Image>, for user: String) throws(MartletError) {
        let isThere = state.withLock { state in
            guard state.images[id] != nil, !state.leaving.contains(id) else { return false }
            state.held[user] = id
            return true
        }
        if !isThere { throw MartletError(.notFound, "the image \(id) is gone, or is being deleted") }
    }

    func release(for user: String) { state.withLock { _ = $0.held.removeValue(forKey: user) } }

    /// - Throws: `inUse`, naming who uses it.
    func requireUnused(_ image: Image) throws(MartletError) {
        let held = state.withLock { state in state.held.contains { $0.value == image.id } }
        let users = others.withLock { $0 }(image.id) + (held ? ["something that is being made"] : [])
        guard let first = users.first else { return }
        let more = users.count > 1 ? " and \(users.count - 1) more" : ""
        throw MartletError(
            .inUse, "the image '\(image.name)' is needed by \(first)\(more); delete what needs it first",
            details: users.prefix(100).map { .init("user", $0) }
        )
    }

    // MARK: For operations

    /// - Throws: `alreadyExists`.
    func reserve(name: String, for id: ID<Image>) throws(MartletError) {
        let isFree = state.withLock { state in
            guard state.names[name] == nil || state.names[name] == id else { return false }
            state.names[name] = id
            return true
        }
        if !isFree { throw MartletError(.alreadyExists, "there is an image '\(name)' already; choose another name") }
    }

    func forgetReservation(_ id: ID<Image>) {
        state.withLock { state in
            guard state.images[id] == nil else { return }
            state.names = state.names.filter { $0.value != id }
        }
    }

    /// - Throws: `wrongState`.
    func markLeaving(_ id: ID<Image>) throws(MartletError) {
        let isNew = state.withLock { $0.leaving.insert(id).inserted }
        if !isNew { throw MartletError(.wrongState, "the image \(id) is being deleted already") }
    }

    func unmarkLeaving(_ id: ID<Image>) { state.withLock { _ = $0.leaving.remove(id) } }

    /// Makes a recorded image known.
    func publish(_ image: Image) {
        let isNews = state.withLock { state in
            state.names[image.name] = image.id
            return state.images.updateValue(image, forKey: image.id) != image
        }
        if isNews { events.publish(.imageChanged(image)) }
    }

    func forget(_ id: ID<Image>) {
        let wasKnown = state.withLock { state in
            state.names = state.names.filter { $0.value != id }
            state.leaving.remove(id)
            return state.images.removeValue(forKey: id) != nil
        }
        if wasKnown { events.publish(.imageDeleted(id)) }
    }

    /// Makes the stored images known.
    ///
    /// - Returns: what couldn't be read, a sentence each.
    /// - Throws: `storeFailed`.
    func load() async throws(MartletError) -> [String] {
        let list = try await store.list(Image.self)
        for stored in list.documents { publish(stored.document) }
        return list.undecodable.map { "image \($0.id) can't be read and was set aside: \($0.reason)" }
    }
}
