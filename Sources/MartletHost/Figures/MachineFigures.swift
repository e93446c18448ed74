import MartletLinux
package import MartletModel

/// What running machines use, looked at when somebody asks: a client, or `SampleKeeper`.
///
/// A look that is younger than a second is told again. What a machine used of its processors of late is the difference between two
/// looks; where the last one is long ago, a second one follows a moment later.
package actor MachineFigures {
    /// How long a look is told again.
    private static let freshness: Duration = .seconds(1)
    /// The oldest look that still says something of processors now.
    private static let memory: Duration = .seconds(60)
    /// Between two looks when there was none before.
    private static let moment: Duration = .milliseconds(200)

    /// One look at one QEMU.
    private struct Look {
        var process: ProcessIdentity
        var at: ContinuousClock.Instant
        var processorTime: Duration
        var figures: VirtualMachineFigures
    }

    private let machines: VirtualMachines
    private let environment: HostEnvironment
    private var looks: [ID<VirtualMachine>: Look] = [:]

    init(machines: VirtualMachines, environment: HostEnvironment) {
        self.machines = machines
        self.environment = environment
    }

    /// The figures of these machines; one that has no QEMU has none.
    package func figures(of wanted: [VirtualMachine]) async -> [ID<VirtualMachine>: VirtualMachineFigures] {
        let alive = wanted.filter { $0.status.processID != nil }
        guard !alive.isEmpty else { return [:] }
        let drivers = alive.compactMap { try? machines.driver($0.id) }
        let now = ContinuousClock.now
        let stale = drivers.filter { (looks[$0.id].map { now - $0.at } ?? .seconds(3_600)) > Self.freshness }
        let unknown = stale.filter { (looks[$0.id].map { now - $0.at } ?? .seconds(3_600)) > Self.memory }
        if !unknown.isEmpty {
            await takeUsage(unknown)
            try? await Task.sleep(for: Self.moment)
        }
        if !stale.isEmpty { await look(at: stale) }
        return Dictionary(
            uniqueKeysWithValues: alive.compactMap { machine in looks[machine.id].map { (machine.id, $0.figures) } })
    }

    /// The first of two looks: at processors alone.
    private func takeUsage(_ drivers: [VirtualMachineDriver]) async {
        for driver in drivers {
            guard let (process, usage) = await driver.usage() else { continue }
            looks[driver.id] = Look(
                process: process, at: .now, processorTime: usage.processorTime,
                figures: VirtualMachineFigures(
                    time: environment.now(), processorSeconds: usage.processorTime / .seconds(1), processorPercent: 0,
                    resident: usage.resident)
            )
        }
    }

    private func look(at drivers: [VirtualMachineDriver]) async {
        let found = await withTaskGroup(of: (ID<VirtualMachine>, MachineLook?).self) { group in
            for driver in drivers {
                group.addTask { (driver.id, await driver.look()) }
            }
            var found: [(ID<VirtualMachine>, MachineLook?)] = []
            for await look in group { found.append(look) }
            return found
        }
        for (id, look) in found { looks[id] = look.map { finished($0, since: looks[id]) } }
        forgetTheGone()
    }

    /// Fills in what the processors did since the look before.
    private func finished(_ look: MachineLook, since before: Look?) -> Look {
        var figures = look.figures
        figures.time = environment.now()
        let now = ContinuousClock.now
        if let before, before.process == look.process {
            let used = (look.usage.processorTime - before.processorTime) / (now - before.at)
            figures.processorPercent = max(0, (used / Double(look.cpus) * 1_000).rounded() / 10)
        }
        return Look(process: look.process, at: now, processorTime: look.usage.processorTime, figures: figures)
    }

    private func forgetTheGone() {
        looks = looks.filter { (try? machines.driver($0.key)) != nil }
    }
}

/// What a driver sees of its QEMU at one moment.
struct MachineLook: Sendable {
    var process: ProcessIdentity
    var usage: ProcessUsage
    var cpus: Int
    var figures: VirtualMachineFigures
}
