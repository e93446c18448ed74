import MartletLinux
package import MartletModel
import MartletQEMU
import MartletStore
import Synchronization

/// Every machine of the host: the way in for requests, and what readers see.
///
/// Readers take the last published snapshot and never wait behind a boot; each machine is changed by its own driver alone.
package final class VirtualMachines: Sendable {
    private struct State {
        var drivers: [ID<VirtualMachine>: VirtualMachineDriver] = [:]
        var published: [ID<VirtualMachine>: VirtualMachine] = [:]
        var names: [String: ID<VirtualMachine>] = [:]
        /// The ids in the order of their names.
        var order: [ID<VirtualMachine>] = []
        /// What `list` answered with last; nil since something changed.
        var list: [VirtualMachine]?
        /// Whether every QEMU that an earlier daemon left has been looked for.
        var isSettled = false
    }

    private let state = Mutex(State())
    private let changes = Waiters<ID<VirtualMachine>, VirtualMachine>()
    private let settlements = Waiters<String, Bool>()
    private let events: EventHub
    /// Opens when a new daemon has found out about every machine.
    let settled = Latch()
    let tools: MachineTools

    init(tools: MachineTools, events: EventHub) {
        self.tools = tools
        self.events = events
    }

    var claims: MachineClaims { tools.claims }

    // MARK: Readers

    /// Every machine as last published, by name. Readers share one list until something changes.
    package func list() -> [VirtualMachine] {
        state.withLock { state in
            if let list = state.list { return list }
            let list = state.order.compactMap { state.published[$0] }
            state.list = list
            return list
        }
    }

    /// - Throws: `notFound`.
    package func find(_ nameOrID: String) throws(MartletError) -> VirtualMachine {
        let found = state.withLock { state in
            (ID<VirtualMachine>(nameOrID) ?? state.names[nameOrID]).flatMap { state.published[$0] }
        }
        guard let found else {
            throw Self.notFound(nameOrID)
        }
        return found
    }

    package static func notFound(_ nameOrID: String) -> MartletError {
        MartletError(.notFound, "there is no machine '\(nameOrID)'; list them with `martlet vm list`")
    }

    /// The machine as soon as it is in one of the states, or as it is when the time is up.
    ///
    /// - Throws: `notFound`.
    package func wait(
        for id: ID<VirtualMachine>, until states: Set<VirtualMachineState>, timeout: Duration
    ) async throws(MartletError) -> VirtualMachine {
        let reached = await changes.wait(
            for: id,
            timeout: timeout,
            until: { states.contains($0.state) },
            current: { self.state.withLock { $0.published[id] } }
        )
        if let reached { return reached }
        return try find(id.description)
    }

    /// The serial console of a machine that isn't off.
    ///
    /// - Throws: `notFound`; `wrongState` when there is none now.
    package func console(of id: ID<VirtualMachine>) async throws(MartletError) -> ConsoleHub {
        let driver = try driver(id)
        if let console = await driver.console { return console }
        let machine = try find(id.description)
        throw MartletError(
            .wrongState, "'\(machine.name)' is \(machine.state.rawValue) and has no console; start it first")
    }

    // MARK: Requests

    /// Begins to create a machine.
    ///
    /// - Throws: `invalidArgument`, `unsupported`, `alreadyExists`, `notFound` (a disk, a switch or a file), `inUse` (a disk);
    ///   nothing was done then.
    package func create(
        _ request: CreateVirtualMachineRequest, by principal: Principal
    ) async throws(MartletError) -> Operation {
        try VirtualMachineRules.check(request)
        try await tools.processorModels.check(request.settings.processor)
        let id: ID<VirtualMachine> = tools.environment.makeID()
        try reserve(name: request.name, for: id)
        do {
            let input = try await planCreation(request, id: id)
            if input.configuration.hasSeed {
                let seed = MachineSeed(layout: tools.layout)
                try seed.write(
                    request.cloudInit ?? CloudInit(), for: id, name: request.name, recipes: tools.images.recipes)
            }
            return try await tools.operations.begin(
                VirtualMachineOperations.createKind,
                title: "create \(request.name)",
                subject: "\(id)",
                input: input,
                by: principal
            )
        } catch {
            forgetReservation(id)
            tools.disks.forgetReservations(for: id)
            tools.images.release(for: "\(id)")
            try? MachineSeed(layout: tools.layout).discard(id)
            throw error
        }
    }

    /// - Throws: `notFound`, `preconditionFailed`, `wrongState`, `invalidArgument`, `alreadyExists` (a name), `conflict`, `storeFailed`.
    package func update(
        _ id: ID<VirtualMachine>, _ request: UpdateVirtualMachineRequest, revision: Int64, by principal: Principal
    ) async throws(MartletError) -> VirtualMachine {
        try await tools.processorModels.check(request.settings.processor)
        let driver = try driver(id)
        guard let name = request.name else { return try await driver.update(request, revision: revision) }
        let (newName, isNew) = try reserve(newName: name, for: id)
        do {
            let machine = try await driver.update(request, revision: revision)
            forgetNames(of: id, but: machine.name)
            return machine
        } catch {
            if isNew { forgetName(newName, of: id) }
            throw error
        }
    }

    /// - Throws: `notFound`, `preconditionFailed`, `wrongState`.
    package func delete(
        _ id: ID<VirtualMachine>, withDisks: Bool, revision: Int64?, by principal: Principal
    ) async throws(MartletError) -> Operation {
        try await driver(id).delete(withDisks: withDisks, revision: revision, by: principal)
    }

    /// Begins to start a machine, or to restore it if it is saved.
    ///
    /// - Parameter discardingState: whether a saved machine starts anew rather than where it was.
    /// - Throws: `notFound`, `preconditionFailed`, `wrongState`.
    package func start(
        _ id: ID<VirtualMachine>, paused: Bool, discardingState: Bool = false, revision: Int64?, by principal: Principal
    ) async throws(MartletError) -> Operation {
        try await driver(id).start(
            paused: paused, discardingState: discardingState, revision: revision, by: principal)
    }

    /// - Parameter timeout: how long the guest may take to obey, from 1 s to 1 h.
    /// - Throws: `notFound`, `preconditionFailed`, `wrongState`, `invalidArgument`.
    package func stop(
        _ id: ID<VirtualMachine>, turnOff: Bool, timeout: Duration, revision: Int64?, by principal: Principal
    ) async throws(MartletError) -> Operation {
        try Self.check(timeout: timeout)
        return try await driver(id).stop(turnOff: turnOff, timeout: timeout, revision: revision, by: principal)
    }

    /// Begins to shut a machine down and to start it again.
    ///
    /// - Throws: as `stop`.
    package func restart(
        _ id: ID<VirtualMachine>, turnOff: Bool, timeout: Duration, revision: Int64?, by principal: Principal
    ) async throws(MartletError) -> Operation {
        try Self.check(timeout: timeout)
        return try await driver(id).restart(turnOff: turnOff, timeout: timeout, revision: revision, by: principal)
    }

    /// Begins to write a machine's memory and devices to a file, and then ends its QEMU.
    ///
    /// - Throws: `notFound`, `preconditionFailed`, `wrongState`; also the one below.
    package func save(
        _ id: ID<VirtualMachine>, revision: Int64?, by principal: Principal
    ) async throws(MartletError) -> Operation {
        try await driver(id).save(revision: revision, by: principal)
    }

    /// Begins to throw a machine's saved state away.
    package func discard(
        _ id: ID<VirtualMachine>, revision: Int64?, by principal: Principal
    ) async throws(MartletError) -> Operation {
        try await driver(id).discard(revision: revision, by: principal)
    }

    static func check(timeout: Duration) throws(MartletError) {
        guard (1...3_600).contains(timeout.components.seconds) else {
            throw MartletError(.invalidArgument, "a timeout of \(timeout) can't be used; give 1 to 3600 seconds")
        }
    }

    /// - Throws: `notFound`, `preconditionFailed`, `wrongState`, `unavailable`, `qemuFailed`, `timedOut`; also the two below.
    package func pause(
        _ id: ID<VirtualMachine>, revision: Int64?, by principal: Principal
    ) async throws(MartletError) -> VirtualMachine {
        try await driver(id).pause(revision: revision)
    }

    package func resume(
        _ id: ID<VirtualMachine>, revision: Int64?, by principal: Principal
    ) async throws(MartletError) -> VirtualMachine {
        try await driver(id).resume(revision: revision)
    }

    package func reset(
        _ id: ID<VirtualMachine>, revision: Int64?, by principal: Principal
    ) async throws(MartletError) -> VirtualMachine {
        try await driver(id).reset(revision: revision)
    }

    // MARK: The registry

    /// - Throws: `notFound`.
    func driver(_ id: ID<VirtualMachine>) throws(MartletError) -> VirtualMachineDriver {
        if let driver = state.withLock({ $0.drivers[id] }) { return driver }
        throw Self.notFound("\(id)")
    }

    var drivers: [VirtualMachineDriver] { state.withLock { Array($0.drivers.values) } }

    /// Keeps a name from being given twice while a machine is being created.
    ///
    /// - Throws: `alreadyExists`.
    func reserve(name: String, for id: ID<VirtualMachine>) throws(MartletError) {
        let isFree = state.withLock { state in
            guard state.names[name] == nil || state.names[name] == id else { return false }
            state.names[name] = id
            return true
        }
        guard isFree else {
            throw MartletError(.alreadyExists, "there is a machine '\(name)' already; choose another name")
        }
    }

    /// Waits until a new daemon knows which machines have a QEMU: what an operation that it takes up does depends on it.
    func untilSettled() async {
        if state.withLock({ $0.isSettled }) { return }
        _ = await settlements.wait(
            for: "all", timeout: .seconds(600), until: { $0 },
            current: { self.state.withLock { $0.isSettled } })
    }

    func tellSettled() {
        state.withLock { $0.isSettled = true }
        settlements.notify("all", true)
    }

    /// Keeps another name for a machine that has one, until `forgetNames` or `forgetName`.
    ///
    /// - Returns: the name as it will be, and whether it wasn't this machine's already.
    /// - Throws: `invalidArgument`, `alreadyExists`.
    private func reserve(
        newName name: String, for id: ID<VirtualMachine>
    ) throws(MartletError) -> (name: String, isNew: Bool) {
        _ = try ResourceName(name)
        let isNew = state.withLock { $0.names[name] != id }
        try reserve(name: name, for: id)
        return (name, isNew)
    }

    private func forgetName(_ name: String, of id: ID<VirtualMachine>) {
        state.withLock { state in
            if state.names[name] == id, state.published[id]?.name != name { state.names[name] = nil }
        }
    }

    private func forgetNames(of id: ID<VirtualMachine>, but name: String) {
        state.withLock { state in state.names = state.names.filter { $0.value != id || $0.key == name } }
    }

    /// Whether a machine has this id, or one in the making.
    func isKnown(_ id: ID<VirtualMachine>) -> Bool { state.withLock { $0.names.values.contains(id) } }

    func forgetReservation(_ id: ID<VirtualMachine>) {
        state.withLock { state in
            guard state.drivers[id] == nil else { return }
            state.names = state.names.filter { $0.value != id }
        }
    }

    /// Makes a machine known; one that is known stays as it is.
    func add(
        _ configuration: VirtualMachineConfiguration, revision: Int64, life: VirtualMachineLife = VirtualMachineLife(),
        since: Moment? = nil, isWanted: Bool = false
    ) async {
        let driver = VirtualMachineDriver(
            configuration,
            revision: revision,
            life: life,
            since: since ?? tools.environment.now(),
            isWanted: isWanted,
            tools: tools,
            letGo: { [weak self] disk in
                guard let self else { return }
                Task { await self.detachReleased(disk) }
            },
            publish: { [weak self] machine in self?.publish(machine) }
        )
        let isNew = state.withLock { state in
            guard state.drivers[configuration.id] == nil else { return false }
            state.drivers[configuration.id] = driver
            state.names[configuration.name] = configuration.id
            return true
        }
        if isNew { await driver.publish() }
    }

    func remove(_ id: ID<VirtualMachine>) {
        let wasKnown = state.withLock { state in
            state.published[id] = nil
            state.list = nil
            state.names = state.names.filter { $0.value != id }
            state.order.removeAll { $0 == id }
            return state.drivers.removeValue(forKey: id) != nil
        }
        if wasKnown { events.publish(.vmDeleted(id)) }
    }

    private func publish(_ machine: VirtualMachine) {
        let isNews = state.withLock { state in
            guard state.drivers[machine.id] != nil, state.published[machine.id] != machine else { return false }
            state.list = nil
            let before = state.published.updateValue(machine, forKey: machine.id)
            if let before, before.name != machine.name { state.order.removeAll { $0 == machine.id } }
            if before?.name != machine.name {
                let index = state.order.partitioningIndex { id in
                    (state.published[id]?.name ?? "") >= machine.name
                }
                state.order.insert(machine.id, at: index)
            }
            return true
        }
        guard isNews else { return }
        events.publish(.vmChanged(machine))
        changes.notify(machine.id, machine)
    }
}

extension Array {
    /// The first index whose element satisfies the predicate, in an array where all that do stand behind all that don't.
    fileprivate func partitioningIndex(where predicate: (Element) -> Bool) -> Int {
        var low = 0
        var high = count
        while low < high {
            let middle = (low + high) / 2
            if predicate(self[middle]) { high = middle } else { low = middle + 1 }
        }
        return low
    }
}
