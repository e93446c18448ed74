import Logging
import MartletModel
import ServiceLifecycle

/// Watches the room of the pools while machines run, and lets machines go on that waited for it: one for the host, a reconciler.
///
/// QEMU tells by itself when a disk has no room; only that there is room again has to be looked for.
package actor StorageWatch: Service {
    private let machines: VirtualMachines
    private let pools: Pools
    private let interval: Duration
    private let logger: Logger
    private let clock = ContinuousClock()
    private var states: [ID<Pool>: PoolStatus.State] = [:]
    private var waits: [ID<VirtualMachine>: Wait] = [:]

    /// A machine that stands still, or did a moment ago.
    private struct Wait {
        /// How often it was told to go on.
        var attempts = 0
        /// When it was last told, or first seen standing still.
        var last: ContinuousClock.Instant
    }

    init(machines: VirtualMachines, pools: Pools, interval: Duration = .seconds(5), logger: Logger) {
        self.machines = machines
        self.pools = pools
        self.interval = interval
        self.logger = logger
    }

    package func run() async throws {
        try? await cancelWhenGracefulShutdown {
            while true {
                try await Task.sleep(for: self.interval)
                await self.look()
            }
        }
    }

    /// Looks once. Where no machine runs nothing is looked at.
    package func look() async {
        let live = machines.list().filter { $0.status.processID != nil }
        guard !live.isEmpty else {
            waits = [:]
            return
        }
        let used = Set(live.flatMap { machines.pools(of: $0) })
        var seen: [ID<Pool>: PoolStatus] = [:]
        for pool in pools.all() where used.contains(pool.id) {
            let status = await pools.status(of: pool, disks: 0)
            seen[pool.id] = status
            tell(pool, status)
        }
        await goOn(live.filter { $0.state == .critical }, seen)
    }

    /// A change is told once, in the log and as an event; what is so now stands in `pool list` and `host check`.
    private func tell(_ pool: Pool, _ status: PoolStatus) {
        let before = states.updateValue(status.state, forKey: pool.id) ?? .ready
        guard before != status.state else { return }
        let metadata: Logger.Metadata = [
            "pool": "\(pool.name)", "path": "\(pool.path)", "free": "\(status.free?.description ?? "unknown")",
        ]
        switch status.state {
        case .ready: logger.notice("a pool has room again", metadata: metadata)
        case .low: logger.warning("a pool has less than 5 % free", metadata: metadata)
        case .full: logger.error("a pool is full; its machines stand still when they write", metadata: metadata)
        case .missing: logger.error("a pool isn't there any more", metadata: metadata)
        }
        var told = status
        told.disks = machines.tools.disks.list().count { ($0.pool ?? Pools.rootID) == pool.id }
        pools.tell(pool, told)
    }

    private func goOn(_ critical: [VirtualMachine], _ seen: [ID<Pool>: PoolStatus]) async {
        // One that runs again keeps its count for a minute, so that one that stops again at once waits longer each time.
        let now = clock.now
        let ids = Set(critical.map(\.id))
        waits = waits.filter { ids.contains($0.key) || now - $0.value.last < .seconds(60) }
        for machine in critical {
            guard let driver = try? machines.driver(machine.id), let fault = await driver.storageFault else { continue }
            let wait = waits[machine.id] ?? Wait(last: now)
            let isDue = isTime(fault, wait, seen, now)
            waits[machine.id] = isDue ? Wait(attempts: wait.attempts + 1, last: now) : wait
            if isDue { await driver.goOnIfCritical() }
        }
    }

    private func isTime(
        _ fault: StorageFault, _ wait: Wait, _ seen: [ID<Pool>: PoolStatus], _ now: ContinuousClock.Instant
    ) -> Bool {
        guard fault.hasNoSpace else { return now - wait.last >= SpacePolicy.retryInterval }
        let pool = (try? machines.tools.disks.find("\(fault.disk)"))?.pool ?? Pools.rootID
        guard let status = seen[pool], status.state == .ready || status.state == .low else { return false }
        return now - wait.last >= SpacePolicy.pause(afterStops: wait.attempts)
    }
}

extension VirtualMachines {
    /// The pools that a machine's disks are in.
    func pools(of machine: VirtualMachine) -> Set<ID<Pool>> {
        Set(machine.configuration.diskIDs.compactMap { try? tools.disks.find("\($0)") }.map { $0.pool ?? Pools.rootID })
    }
}
