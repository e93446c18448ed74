import Logging
import MartletLinux
package import MartletModel
import MartletQEMU
import MartletStore
import Synchronization

/// Every image of the host: its documents and the files behind them.
package final class Images: Sendable {
    private struct State {
        var images = Catalog<Image>()
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
        state.withLock { $0.images }.sorted
    }

    /// - Throws: `notFound`.
    package func find(_ nameOrID: String) throws(MartletError) -> Image {
        try state.withLock { state throws(MartletError) in try state.images.find(nameOrID) }
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
            guard state.images.isThere(id) else { return false }
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
        try state.withLock { state throws(MartletError) in try state.images.reserve(name: name, for: id) }
    }

    func forgetReservation(_ id: ID<Image>) { state.withLock { $0.images.forgetReservation(id) } }

    /// - Throws: `wrongState`.
    func markLeaving(_ id: ID<Image>) throws(MartletError) {
        try state.withLock { state throws(MartletError) in try state.images.markLeaving(id) }
    }

    func unmarkLeaving(_ id: ID<Image>) { state.withLock { $0.images.unmarkLeaving(id) } }

    /// Makes a recorded image known.
    func publish(_ image: Image) {
        let isNews = state.withLock { $0.images.put(image) }
        if isNews { events.publish(.imageChanged(image)) }
    }

    func forget(_ id: ID<Image>) {
        let wasKnown = state.withLock { $0.images.remove(id) }
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
