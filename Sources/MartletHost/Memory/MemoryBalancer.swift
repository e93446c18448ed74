import Logging
import MartletLinux
import MartletModel

/// Keeps the memory of guests at what they demand and the host can give; a reconciler.
///
/// One loop for the host, which runs while there is a guest to look after: one with dynamic memory, or one that hasn't yet done what it
/// was told. `DynamicMemoryPlanner` decides; this carries it out and keeps the host's promises true to what guests hold.
actor MemoryBalancer {
    /// Long enough for a guest to tell news, short enough for one that starts a program.
    static let interval: Duration = .seconds(3)

    private let claims: MachineClaims
    private let logger: Logger
    private var followed: [ID<VirtualMachine>: VirtualMachineDriver] = [:]
    private var loop: Task<Void, Never>?

    init(claims: MachineClaims, logger: Logger) {
        self.claims = claims
        self.logger = logger
    }

    /// Looks after a guest from now on. Doing it twice is doing it once.
    func follow(_ driver: VirtualMachineDriver) {
        followed[driver.id] = driver
        guard loop == nil else { return }
        loop = Task { await self.run() }
    }

    func unfollow(_ id: ID<VirtualMachine>) { followed[id] = nil }

    private func run() async {
        while !followed.isEmpty {
            try? await Task.sleep(for: Self.interval)
            await balance()
        }
        loop = nil
    }

    /// One round: look at every guest, count what each holds, decide, and tell those whose target changed.
    private func balance() async {
        var machines: [DynamicMemoryPlanner.Machine] = []
        for (driver, reading) in await readings() {
            await acknowledge(driver, reading.memory)
            if let machine = reading.planned {
                machines.append(machine)
            } else if !reading.needsBalancing {
                unfollow(driver.id)
            }
        }
        guard !machines.isEmpty else { return }
        let targets = DynamicMemoryPlanner.targets(of: machines, budget: await budget(for: machines))
        for machine in machines {
            guard let target = targets[machine.id], target != machine.target else { continue }
            await tell(machine, target)
        }
    }

    private func readings() async -> [(VirtualMachineDriver, MemoryReading)] {
        await withTaskGroup(of: (VirtualMachineDriver, MemoryReading?).self) { group in
            for driver in followed.values { group.addTask { (driver, await driver.memoryReading()) } }
            var found: [(VirtualMachineDriver, MemoryReading)] = []
            for await case (let driver, let reading?) in group { found.append((driver, reading)) }
            return found
        }
    }

    /// What the machines may hold together: by the host's promises, and by what the host really has.
    private func budget(for machines: [DynamicMemoryPlanner.Machine]) async -> ByteCount {
        let promised = await claims.budget(for: Set(machines.map(\.id)))
        guard let host = try? HostMemory.read() else { return promised }
        let held = machines.reduce(ByteCount(bytes: 0)) { $0 + $1.assigned }
        return min(promised, held + host.available - MemoryAdmission.reserve(of: host.total))
    }

    private func tell(_ machine: DynamicMemoryPlanner.Machine, _ target: ByteCount) async {
        guard let driver = followed[machine.id] else { return }
        do {
            // Promised before it is given: a machine that starts at this moment counts on the same memory.
            if target > machine.target { try await claims.resize(machine.id, to: max(target, machine.assigned)) }
            try await driver.setMemoryTarget(target)
            logger.debug(
                "a machine's memory moves",
                metadata: [
                    "vm": "\(machine.id)", "from": "\(machine.target)", "to": "\(target)",
                    "demand": "\(machine.demand.map { "\($0)" } ?? "unknown")",
                ])
        } catch {
            logger.debug(
                "a machine's memory could not be moved", metadata: ["vm": "\(machine.id)", "error": "\(error)"])
        }
    }

    private func acknowledge(_ driver: VirtualMachineDriver, _ memory: GuestMemory) async {
        do {
            try await claims.acknowledge(driver.id, holds: memory.held)
        } catch {
            logger.warning(
                "what a machine holds can't be written down", metadata: ["vm": "\(driver.id)", "error": "\(error)"])
        }
    }
}

/// What one look at a guest's memory found.
struct MemoryReading: Sendable {
    var memory: GuestMemory
    /// What the planner is told; nil for a machine whose memory stays as it is.
    var planned: DynamicMemoryPlanner.Machine?
    var needsBalancing: Bool
}

extension VirtualMachineDriver {
    /// Looks at the guest's memory; nil when QEMU doesn't tell now.
    func memoryReading() async -> MemoryReading? {
        guard let memory = try? await lookAtMemory() else { return nil }
        let planned = configuration.dynamicMemory.map {
            DynamicMemoryPlanner.Machine(
                id: id, settings: held(to: memory.most, $0), assigned: memory.assigned, target: memory.target,
                demand: memory.demanded)
        }
        return MemoryReading(memory: memory, planned: planned, needsBalancing: needsBalancing)
    }

    /// No more than the guest was started with.
    private func held(
        to most: ByteCount, _ settings: VirtualMachineConfiguration.DynamicMemory
    ) -> VirtualMachineConfiguration.DynamicMemory {
        var settings = settings
        settings.maximum = min(settings.maximum, most)
        settings.minimum = min(settings.minimum, settings.maximum)
        return settings
    }
}
