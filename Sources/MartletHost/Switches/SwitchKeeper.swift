import Logging
import MartletLinux
import MartletModel

/// Keeps each switch's bridge up exactly while it is wanted: an `external` one always, another while a machine is plugged in. One change
/// at a time, in the order in which they were asked for.
actor SwitchKeeper {
    /// What a switch and an adapter are to be, as soon as it is their turn.
    typealias Preparation =
        @Sendable (_ isInUse: Bool) async throws(MartletError) -> (plan: SwitchPlan, adapter: AdapterPlan)

    private let driver: BridgeSwitch
    private let logger: Logger
    /// Adapters by their taps, by the short id of the switch that they are plugged into.
    private var plugged: [String: [String: AdapterPlan]] = [:]
    /// Switches that this daemon has brought up, as it did last.
    private var up: [String: SwitchPlan] = [:]
    /// Who serves a switch's addresses, and who waits for its end.
    private var services: [String: ProcessIdentity] = [:]
    private var watchers: [String: Task<Void, Never>] = [:]
    private var last: Task<Void, Never>?

    init(driver: BridgeSwitch, logger: Logger) {
        self.driver = driver
        self.logger = logger
    }

    deinit {
        for watcher in watchers.values { watcher.cancel() }
    }

    /// The taps that are plugged into a switch.
    func taps(on shortID: String) -> Set<String> { Set((plugged[shortID] ?? [:]).keys) }

    func isInUse(_ shortID: String) -> Bool { !(plugged[shortID] ?? [:]).isEmpty }

    /// An earlier daemon has plugged it in.
    func assumePlugged(_ adapter: AdapterPlan, into shortID: String) {
        plugged[shortID, default: [:]][adapter.tap] = adapter
    }

    // MARK: Switches

    /// Brings a switch up, or puts right what isn't as it should be.
    func bringUp(_ plan: SwitchPlan) async throws(MartletError) {
        try await inTurn { keeper throws(MartletError) in try await keeper.bringUpNow(plan) }
    }

    /// Takes a switch down.
    func takeDown(_ plan: SwitchPlan) async throws(MartletError) {
        try await inTurn { keeper throws(MartletError) in try await keeper.takeDownNow(plan) }
    }

    /// Puts the rules and reservations of a switch in place, if it is up.
    func refresh(
        _ shortID: String, plan: @escaping @Sendable () throws(MartletError) -> SwitchPlan
    ) async throws(MartletError) {
        try await inTurn { keeper throws(MartletError) in
            if await keeper.up[shortID] != nil { try await keeper.refreshNow(try plan()) }
        }
    }

    private func bringUpNow(_ plan: SwitchPlan) async throws(MartletError) {
        let adapters = (plugged[plan.shortID] ?? [:]).values.sorted { $0.tap < $1.tap }
        let report = try await driver.ensureUp(plan, adapters: adapters)
        for note in report.notes { logger.notice("\(note)") }
        up[plan.shortID] = plan
        watch(report.addressService, of: plan.shortID)
    }

    private func refreshNow(_ plan: SwitchPlan) async throws(MartletError) {
        let isKnown = up[plan.shortID].map(plan.differsInReservationsAlone) ?? false
        watch(isKnown ? try await driver.serve(plan) : try await driver.refresh(plan), of: plan.shortID)
        up[plan.shortID] = plan
    }

    private func takeDownNow(_ plan: SwitchPlan) async throws(MartletError) {
        plugged[plan.shortID] = nil
        up[plan.shortID] = nil
        watch(nil, of: plan.shortID)
        try await driver.takeDown(plan)
    }

    // MARK: Adapters

    /// Plugs an adapter in, and brings its switch up first where it isn't.
    func plug(_ shortID: String, ownerUID: UInt32, prepare: @escaping Preparation) async throws(MartletError) {
        try await inTurn { keeper throws(MartletError) in
            let (plan, adapter) = try await prepare(await keeper.isInUse(shortID))
            try await keeper.plugNow(adapter, ownerUID: ownerUID, into: plan)
        }
    }

    /// Makes an adapter that is plugged in what it is to be now; one that isn't stays out.
    func change(_ shortID: String, tap: String, prepare: @escaping Preparation) async throws(MartletError) {
        try await inTurn { keeper throws(MartletError) in
            guard let before = await keeper.plugged[shortID]?[tap] else { return }
            let (plan, adapter) = try await prepare(true)
            try await keeper.changeNow(adapter, before: before, on: plan)
        }
    }

    /// Takes an adapter out, and its switch down with the last one.
    ///
    /// - Parameter keepsTap: whether the tap stays, because it is plugged into another switch by now.
    func unplug(
        tap: String, hadLimit: Bool, keepsTap: Bool = false, from plan: SwitchPlan
    ) async throws(MartletError) {
        try await inTurn { keeper throws(MartletError) in
            try await keeper.unplugNow(tap: tap, hadLimit: hadLimit, keepsTap: keepsTap, from: plan)
        }
    }

    private func plugNow(
        _ adapter: AdapterPlan, ownerUID: UInt32, into plan: SwitchPlan
    ) async throws(MartletError) {
        let port = SwitchPort(plan: plan)
        plugged[plan.shortID, default: [:]][adapter.tap] = adapter
        if let present = up[plan.shortID] {
            do {
                if present != plan { try await refreshNow(plan) }
                return try await port.create(adapter, ownerUID: ownerUID)
            } catch  where error.code != .unsupported {
                logger.warning(
                    "a switch seems to be gone and is made anew",
                    metadata: ["bridge": "\(plan.bridge)", "error": "\(error)"])
            }
        }
        try await bringUpNow(plan)
        try await port.create(adapter, ownerUID: ownerUID, isGuarded: true)
    }

    private func changeNow(
        _ adapter: AdapterPlan, before: AdapterPlan, on plan: SwitchPlan
    ) async throws(MartletError) {
        if let present = up[plan.shortID], present != plan { try await refreshNow(plan) }
        let port = SwitchPort(plan: plan)
        do {
            try await port.change(adapter, before: before)
            plugged[plan.shortID]?[adapter.tap] = adapter
        } catch {
            // Half of it may be in place; what it was is put back as far as that can be done.
            try? await port.change(before, before: nil)
            throw error
        }
    }

    private func unplugNow(
        tap: String, hadLimit: Bool, keepsTap: Bool, from plan: SwitchPlan
    ) async throws(MartletError) {
        // What is wanted may have changed since the limit was set.
        let hadLimit = hadLimit || plugged[plan.shortID]?[tap]?.bandwidthLimit != nil
        plugged[plan.shortID]?[tap] = nil
        let port = SwitchPort(plan: plan)
        guard isInUse(plan.shortID) || plan.kind.isLasting else {
            // The guards go with the switch.
            if !keepsTap { try await port.removeTap(tap, hadLimit: hadLimit) }
            return try await takeDownNow(plan)
        }
        if keepsTap { try await port.forget(tap: tap) } else { try await port.remove(tap: tap, hadLimit: hadLimit) }
    }

    // MARK: dnsmasq

    /// Waits for the end of the process that serves a switch's addresses, without polling, and starts another when it wasn't wanted.
    private func watch(_ service: ProcessIdentity?, of shortID: String) {
        guard services[shortID] != service else { return }
        services[shortID] = service
        watchers[shortID]?.cancel()
        watchers[shortID] = service.map { service in
            Task { [weak self] in
                _ = await service.waitForExit()
                if !Task.isCancelled { await self?.serviceEnded(service, of: shortID) }
            }
        }
    }

    private func serviceEnded(_ service: ProcessIdentity, of shortID: String) async {
        while services[shortID] == service, !Task.isCancelled {
            do {
                try await inTurn { keeper throws(MartletError) in try await keeper.serveAgain(service, shortID) }
            } catch {
                logger.error(
                    "a switch gives out no addresses: dnsmasq ended and can't be started",
                    metadata: ["bridge": "mlt\(shortID)", "error": "\(error)"])
                try? await Task.sleep(for: .seconds(10))
            }
        }
    }

    private func serveAgain(_ service: ProcessIdentity, _ shortID: String) async throws(MartletError) {
        guard services[shortID] == service, let plan = up[shortID] else { return }
        let new = try await driver.serve(plan)
        logger.warning(
            "dnsmasq ended and was started again",
            metadata: ["bridge": "\(plan.bridge)", "process": "\(new?.processID ?? 0)"])
        // From within the watcher's own task, which ends with this.
        watchers[shortID] = nil
        watch(new, of: shortID)
    }

    /// Waits for the change before this one: an actor alone would let them mix at every `await`.
    private func inTurn(
        _ body: @escaping @Sendable (SwitchKeeper) async throws(MartletError) -> Void
    ) async throws(MartletError) {
        let before = last
        let task = Task { () async -> MartletError? in
            await before?.value
            do throws(MartletError) {
                try await body(self)
                return nil
            } catch { return error }
        }
        last = Task { _ = await task.value }
        if let error = await task.value { throw error }
    }
}
