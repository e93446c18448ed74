import Logging
import MartletModel
import MartletStore

/// Starts machines after the host has booted, each after its own delay and never all at once.
///
/// What is left to start is in the store until it was begun, so that a daemon that ends meanwhile leaves it to the next. Delays are
/// counted in the host's uptime, which no administrator sets.
package actor AutomaticStarts {
    private static let principal = Principal(name: "automatic start", role: .administrator)
    /// How long one start may keep the others waiting.
    private static let patience: Duration = .seconds(600)

    private let machines: VirtualMachines
    private let store: any StateStore
    private let environment: HostEnvironment
    /// How many are started at once.
    private let width: Int
    private let logger: Logger
    private var boot: HostBoot?
    private var work: Task<Void, Never>?

    init(
        machines: VirtualMachines, store: any StateStore, environment: HostEnvironment, cpus: Int, logger: Logger
    ) {
        self.machines = machines
        self.store = store
        self.environment = environment
        self.width = max(1, cpus)
        self.logger = logger
    }

    /// Finds out whether the host has booted since the last daemon, and begins to start what is to be started.
    ///
    /// - Throws: `storeFailed`.
    func begin() async throws(MartletError) {
        guard let identity = environment.bootIdentity() else { return }
        let last = try await store.get(HostBoot.self, id: "last")?.document
        if let last, last.bootIdentity == identity {
            boot = last
            // No boot: what ended meanwhile is the restart policies' affair.
            for driver in machines.drivers { await driver.restartAfterDaemon() }
        } else {
            // A host that has never seen a boot has nothing that ran in the one before.
            let entries = last == nil ? [] : await plan().entries
            let new = HostBoot(
                bootIdentity: identity, beganAtUptimeInSeconds: environment.uptimeInSeconds(), pending: entries)
            try await store.put(new)
            boot = new
        }
        guard let boot, !boot.pending.isEmpty else { return }
        logger.notice("starting machines after a boot", metadata: ["machines": "\(boot.pending.count)"])
        work = Task { await self.run(boot) }
    }

    /// Nothing more is started by itself in this boot.
    func giveUp() async {
        work?.cancel()
        guard boot?.pending.isEmpty == false else { return }
        boot?.pending = []
        await keep()
    }

    private func plan() async -> AutomaticStartPlan {
        var wanted: Set<ID<VirtualMachine>> = []
        for driver in machines.drivers where await driver.isWanted { wanted.insert(driver.id) }
        return AutomaticStartPlan(machines.list(), wanted: wanted)
    }

    private func run(_ boot: HostBoot) async {
        await withTaskGroup(of: Void.self) { group in
            for (index, entry) in boot.pending.enumerated() {
                let due = boot.beganAtUptimeInSeconds + Double(entry.delayInSeconds)
                let left = due - environment.uptimeInSeconds()
                if left > 0 { try? await environment.sleep(.seconds(left)) }
                if index >= width { await group.next() }
                if Task.isCancelled { return }
                group.addTask { await self.start(entry.machine) }
            }
        }
    }

    private func start(_ machine: ID<VirtualMachine>) async {
        do {
            let operation = try await machines.start(machine, paused: false, revision: nil, by: Self.principal)
            await begun(machine)
            _ = try await machines.tools.operations.wait(for: operation.id, timeout: Self.patience)
        } catch {
            await begun(machine)
            logger.error(
                "a machine was not started after the boot", metadata: ["vm": "\(machine)", "error": "\(error)"])
        }
    }

    private func begun(_ machine: ID<VirtualMachine>) async {
        boot?.pending.removeAll { $0.machine == machine }
        await keep()
    }

    private func keep() async {
        guard let boot else { return }
        do {
            try await store.transaction([.put(boot)], durability: .processCrash)
        } catch {
            logger.error("what is left to start can't be kept", metadata: ["error": "\(error)"])
        }
    }
}
