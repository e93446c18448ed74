import Logging
import MartletLinux
package import MartletModel
import MartletStore
import Synchronization

/// Every virtual switch of the host: their documents, and the bridges behind them.
package final class Switches: Sendable {
    private struct State {
        var switches: [ID<VirtualSwitch>: VirtualSwitch] = [:]
        /// Names in use, those of switches in the making included.
        var names: [String: ID<VirtualSwitch>] = [:]
        /// Switches that an operation is deleting.
        var leaving: Set<ID<VirtualSwitch>> = []
    }

    private let state = Mutex(State())
    private let events: EventHub
    let layout: RootLayout
    let store: any StateStore
    let environment: HostEnvironment
    let isRoot: Bool
    let guestUser: UserAccount?
    let driver: BridgeSwitch
    let keeper: SwitchKeeper
    let addresses: AddressBook
    let logger: Logger

    init(
        layout: RootLayout, store: any StateStore, environment: HostEnvironment, events: EventHub, isRoot: Bool,
        guestUser: UserAccount?, logger: Logger
    ) {
        self.events = events
        self.layout = layout
        self.store = store
        self.environment = environment
        self.isRoot = isRoot
        self.guestUser = guestUser
        self.logger = logger
        driver = BridgeSwitch(folder: layout.switchesFolder)
        keeper = SwitchKeeper(driver: driver, logger: logger)
        addresses = AddressBook(store: store)
    }

    // MARK: Readers

    /// Every switch, by name.
    package func list() -> [VirtualSwitch] {
        state.withLock { Array($0.switches.values) }.sorted { ($0.name, $0.id) < ($1.name, $1.id) }
    }

    /// - Throws: `notFound`.
    package func find(_ nameOrID: String) throws(MartletError) -> VirtualSwitch {
        let found = state.withLock { state in
            (ID<VirtualSwitch>(nameOrID) ?? state.names[nameOrID]).flatMap { state.switches[$0] }
        }
        if let found { return found }
        throw MartletError(.notFound, "there is no switch '\(nameOrID)'; list them with `martlet switch list`")
    }

    /// - Throws: `notFound`.
    func find(_ id: ID<VirtualSwitch>) throws(MartletError) -> VirtualSwitch { try find(id.description) }

    /// Where a new machine's adapter goes when nobody says.
    var `default`: VirtualSwitch? { list().first(where: \.isDefault) }

    // MARK: The registry

    /// - Throws: `alreadyExists`.
    func reserve(name: String, for id: ID<VirtualSwitch>) throws(MartletError) {
        let isFree = state.withLock { state in
            guard state.names[name] == nil || state.names[name] == id else { return false }
            state.names[name] = id
            return true
        }
        if !isFree { throw MartletError(.alreadyExists, "there is a switch '\(name)' already; choose another name") }
    }

    func forgetReservation(_ id: ID<VirtualSwitch>) {
        state.withLock { state in
            guard state.switches[id] == nil else { return }
            state.names = state.names.filter { $0.value != id }
        }
    }

    /// - Throws: `wrongState`.
    func markLeaving(_ id: ID<VirtualSwitch>) throws(MartletError) {
        let isNew = state.withLock { $0.leaving.insert(id).inserted }
        if !isNew { throw MartletError(.wrongState, "the switch \(id) is being deleted already") }
    }

    func unmarkLeaving(_ id: ID<VirtualSwitch>) {
        state.withLock { _ = $0.leaving.remove(id) }
    }

    /// Makes a recorded switch, or its change, known.
    func publish(_ changed: VirtualSwitch) {
        if remember(changed) { events.publish(.switchChanged(changed)) }
    }

    /// Returns whether anything is new about it.
    private func remember(_ changed: VirtualSwitch) -> Bool {
        state.withLock { state in
            let isNews = state.switches[changed.id] != changed
            state.names = state.names.filter { $0.value != changed.id }
            state.names[changed.name] = changed.id
            state.switches[changed.id] = changed
            return isNews
        }
    }

    func forget(_ id: ID<VirtualSwitch>) {
        let wasKnown = state.withLock { state in
            state.names = state.names.filter { $0.value != id }
            state.leaving.remove(id)
            return state.switches.removeValue(forKey: id) != nil
        }
        if wasKnown { events.publish(.switchDeleted(id)) }
    }

    /// Writes switches down, in the store and beside it, and makes them known.
    ///
    /// - Throws: `storeFailed`, `ioFailed`.
    func record(_ changed: [VirtualSwitch]) async throws(MartletError) {
        var writes: [StoreWrite] = []
        for one in changed { writes.append(try .put(one)) }
        try await store.transaction(writes, durability: .powerLoss)
        for one in changed {
            publish(one)
            try Sidecar.write(one, layout: layout)
        }
    }

    /// Makes the stored switches known, and at a host's first start makes them: `nat` where we are root, `user` everywhere.
    ///
    /// - Returns: what couldn't be read, a sentence each.
    /// - Throws: `storeFailed`.
    func load() async throws(MartletError) -> [String] {
        let list = try await store.list(VirtualSwitch.self)
        var warnings = list.undecodable.map { "switch \($0.id) can't be read and was set aside: \($0.reason)" }
        for stored in list.documents { _ = remember(stored.document) }
        if list.documents.isEmpty && warnings.isEmpty {
            do {
                try await record(try await firstSwitches())
            } catch {
                warnings.append("the NAT switch can't be made, so machines get the user-mode network: \(error)")
                try await record([userSwitch(isDefault: true)])
            }
        }
        return warnings + (try await addresses.load())
    }

    private func firstSwitches() async throws(MartletError) -> [VirtualSwitch] {
        guard isRoot else { return [userSwitch(isDefault: true)] }
        let subnet = try await driver.freeSubnet()
        return [
            VirtualSwitch(id: environment.makeID(), name: "nat", kind: .nat, subnet: subnet, isDefault: true),
            userSwitch(isDefault: false),
        ]
    }

    private func userSwitch(isDefault: Bool) -> VirtualSwitch {
        VirtualSwitch(id: environment.makeID(), name: "user", kind: .user, subnet: nil, isDefault: isDefault)
    }
}
