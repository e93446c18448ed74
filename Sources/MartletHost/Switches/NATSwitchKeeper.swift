import Logging
import MartletLinux
import MartletModel

/// Keeps each NAT switch up exactly while a machine is plugged into it. One change at a time, in the order in which they were asked for.
actor NATSwitchKeeper {
    private let driver: NATSwitch
    private let logger: Logger
    private let tap = Tap()
    private var plugged: [SwitchPlan: Set<ID<VirtualMachine>>] = [:]
    /// Switches that this daemon has brought up itself.
    private var isUp: Set<SwitchPlan> = []
    private var last: Task<Void, Never>?

    init(driver: NATSwitch, logger: Logger) {
        self.driver = driver
        self.logger = logger
    }

    func assumePlugged(_ machine: ID<VirtualMachine>, into plan: SwitchPlan) {
        plugged[plan, default: []].insert(machine)
    }

    func plug(
        _ machine: ID<VirtualMachine>, tap name: String, ownerUID: UInt32, into plan: SwitchPlan
    ) async throws(MartletError) {
        try await inTurn { keeper throws(MartletError) in
            try await keeper.plugNow(machine, tap: name, ownerUID: ownerUID, into: plan)
        }
    }

    func unplug(_ machine: ID<VirtualMachine>, tap name: String, from plan: SwitchPlan) async throws(MartletError) {
        try await inTurn { keeper throws(MartletError) in
            try await keeper.unplugNow(machine, tap: name, from: plan)
        }
    }

    private func plugNow(
        _ machine: ID<VirtualMachine>, tap name: String, ownerUID: UInt32, into plan: SwitchPlan
    ) async throws(MartletError) {
        plugged[plan, default: []].insert(machine)
        if isUp.contains(plan) {
            do {
                return try await tap.create(name: name, bridge: plan.bridge, ownerUID: ownerUID)
            } catch {
                logger.warning("a switch seems to be gone and is made anew", metadata: ["bridge": "\(plan.bridge)", "error": "\(error)"])
            }
        }
        let report = try await driver.ensureUp(plan)
        for note in report.notes { logger.notice("\(note)") }
        isUp.insert(plan)
        try await tap.create(name: name, bridge: plan.bridge, ownerUID: ownerUID)
    }

    private func unplugNow(
        _ machine: ID<VirtualMachine>, tap name: String, from plan: SwitchPlan
    ) async throws(MartletError) {
        try await tap.delete(name: name)
        plugged[plan]?.remove(machine)
        guard plugged[plan]?.isEmpty ?? true else { return }
        plugged[plan] = nil
        isUp.remove(plan)
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
