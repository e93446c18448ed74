import Logging
import MartletLinux
import MartletModel

/// Keeps each NAT switch up exactly while a machine is plugged into it. One change at a time, in the order in which they were asked for.
actor NATSwitchKeeper {
    private let driver: NATSwitch
    private let logger: Logger
    private let tap = Tap()
    /// Machines by the short id of the switch that they are plugged into.
    private var plugged: [String: Set<ID<VirtualMachine>>] = [:]
    /// Switches that this daemon has brought up itself.
    private var isUp: Set<String> = []
    private var last: Task<Void, Never>?

    init(driver: NATSwitch, logger: Logger) {
        self.driver = driver
        self.logger = logger
    }

    func assumePlugged(_ machine: ID<VirtualMachine>, into plan: SwitchPlan) {
        plugged[plan.shortID, default: []].insert(machine)
    }

    /// - Parameter moved: called when nobody is plugged in and the network has been taken by somebody else; gives another plan.
    func plug(
        _ machine: ID<VirtualMachine>, tap name: String, ownerUID: UInt32, into plan: SwitchPlan,
        moved: @escaping @Sendable (SwitchPlan) async throws(MartletError) -> SwitchPlan
    ) async throws(MartletError) {
        try await inTurn { keeper throws(MartletError) in
            let plan = try await keeper.freePlan(plan, moved: moved)
            try await keeper.plugNow(machine, tap: name, ownerUID: ownerUID, into: plan)
        }
    }

    /// The plan itself while the switch is in use or its network is free; else one that `moved` gives.
    private func freePlan(
        _ plan: SwitchPlan, moved: @Sendable (SwitchPlan) async throws(MartletError) -> SwitchPlan
    ) async throws(MartletError) -> SwitchPlan {
        if let machines = plugged[plan.shortID], !machines.isEmpty { return plan }
        return try await driver.isFree(plan) ? plan : try await moved(plan)
    }

    func unplug(_ machine: ID<VirtualMachine>, tap name: String, from plan: SwitchPlan) async throws(MartletError) {
        try await inTurn { keeper throws(MartletError) in
            try await keeper.unplugNow(machine, tap: name, from: plan)
        }
    }

    private func plugNow(
        _ machine: ID<VirtualMachine>, tap name: String, ownerUID: UInt32, into plan: SwitchPlan
    ) async throws(MartletError) {
        plugged[plan.shortID, default: []].insert(machine)
        if isUp.contains(plan.shortID) {
            do {
                return try await tap.create(name: name, bridge: plan.bridge, ownerUID: ownerUID)
            } catch {
                logger.warning(
                    "a switch seems to be gone and is made anew",
                    metadata: ["bridge": "\(plan.bridge)", "error": "\(error)"])
            }
        }
        let report = try await driver.ensureUp(plan)
        for note in report.notes { logger.notice("\(note)") }
        isUp.insert(plan.shortID)
        try await tap.create(name: name, bridge: plan.bridge, ownerUID: ownerUID)
    }

    private func unplugNow(
        _ machine: ID<VirtualMachine>, tap name: String, from plan: SwitchPlan
    ) async throws(MartletError) {
        try await tap.delete(name: name)
        plugged[plan.shortID]?.remove(machine)
        guard plugged[plan.shortID]?.isEmpty ?? true else { return }
        plugged[plan.shortID] = nil
        isUp.remove(plan.shortID)
        try await driver.takeDown(plan)
    }

    /// Waits for the change before this one: an actor alone would let them mix at every `await`.
    private func inTurn(
        _ body: @escaping @Sendable (NATSwitchKeeper) async throws(MartletError) -> Void
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
