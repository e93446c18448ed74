import Logging
import MartletLinux
package import MartletModel
import ServiceLifecycle

/// Keeps samples of what the host and its machines use, for graphs: one for the host, a reconciler.
///
/// It looks by `MachineFigures`, as everybody who asks, at each multiple of ten seconds, and writes once a minute; what a crash takes
/// is the last minute.
package actor SampleKeeper: Service {
    /// How many looks go into one writing.
    private static let looksPerWriting = 6

    private let machines: VirtualMachines
    private let figures: MachineFigures
    private let environment: HostEnvironment
    private let store: SampleStore
    private var counters: [ID<VirtualMachine>: UsageCounters] = [:]
    private var hostProcessor: (time: Moment, seconds: Double)?
    private var rollups: [SampleStore.Subject: SampleRollup] = [:]
    private var looks = 0
    /// The machines that were there at the last look.
    private var known: Set<ID<VirtualMachine>>?

    init(
        machines: VirtualMachines, figures: MachineFigures, layout: RootLayout, environment: HostEnvironment,
        logger: Logger
    ) {
        self.machines = machines
        self.figures = figures
        self.environment = environment
        store = SampleStore(folder: layout.samplesFolder, logger: logger)
    }

    package func run() async throws {
        try? await cancelWhenGracefulShutdown {
            while true {
                try await Task.sleep(for: await self.untilNext())
                await self.look()
            }
        }
        write()
    }

    /// Until the next multiple of ten seconds on the wall clock, by which samples are kept.
    private func untilNext() -> Duration {
        let step = SampleSpan.hour.stepInSeconds * 1_000
        let past = environment.now().milliseconds % step
        return .milliseconds(step - (past < 0 ? past + step : past))
    }

    /// Takes a sample of the ten seconds that have just ended.
    package func look() async {
        let list = machines.list()
        let found = await figures.figures(of: list)
        let now = environment.now()
        // Of the interval that ended at the nearest multiple of ten seconds.
        let tick = SampleSpan.hour.tick(at: (now.milliseconds + 5_000) / 1_000) - 1
        var all: [UsageSample] = []
        for (id, figures) in found {
            let seen = UsageCounters(figures)
            let sample = seen.sample(since: counters[id])
            counters[id] = seen
            all.append(sample)
            add(sample, of: .machine(id), tick: tick)
        }
        counters = counters.filter { found[$0.key] != nil }
        await lookAtHost(.sum(all), tick: tick, now: now)
        looks += 1
        forgetTheGone(Set(list.map(\.id)))
        if looks % Self.looksPerWriting == 0 { write() }
    }

    /// The host's disks and networks are its machines' together; its processors and its memory are its own.
    private func lookAtHost(_ machinesTogether: UsageSample, tick: Int64, now: Moment) async {
        var sample = machinesTogether
        sample.processorPercent = nil
        if let seconds = try? HostProcessorTime.readInSeconds() {
            if let before = hostProcessor, case let passed = now.milliseconds - before.time.milliseconds,
                (500...60_000).contains(passed), seconds >= before.seconds
            {
                sample.processorPercent = (seconds - before.seconds) / Double(passed) * 100_000
            }
            hostProcessor = (now, seconds)
        }
        sample.memoryAssigned = Double(await machines.claims.memoryAssigned.bytes)
        sample.memoryDemanded = (try? HostMemory.read()).map { Double($0.total.bytes - $0.available.bytes) }
        add(sample, of: .host, tick: tick)
    }

    private func add(_ sample: UsageSample, of subject: SampleStore.Subject, tick: Int64) {
        if rollups[subject] == nil {
            rollups[subject] = SampleRollup(resuming: store.read(.hour, of: subject), at: tick)
        }
        rollups[subject]?.add(sample, tick: tick)
    }

    private func write() {
        for subject in rollups.keys {
            guard let rows = rollups[subject]?.take() else { continue }
            store.write(rows, of: subject)
            // One that is off makes no more; it goes on from its file when it does.
            if case .machine(let id) = subject, counters[id] == nil { rollups[subject] = nil }
        }
    }

    private func forgetTheGone(_ present: Set<ID<VirtualMachine>>) {
        guard present != known else { return }
        known = present
        rollups = rollups.filter { subject, _ in
            if case .machine(let id) = subject { present.contains(id) } else { true }
        }
        store.sweep { present.contains($0) }
    }

    /// What a machine used over a span.
    package func history(of machine: ID<VirtualMachine>, _ span: SampleSpan) -> UsageHistory {
        history(.machine(machine), span)
    }

    /// What the host used over a span, its machines' disks and networks among it.
    package func hostHistory(_ span: SampleSpan) -> UsageHistory { history(.host, span) }

    private func history(_ subject: SampleStore.Subject, _ span: SampleSpan) -> UsageHistory {
        // What isn't written yet comes last, and so counts.
        let rows = store.read(span, of: subject) + (rollups[subject]?.waiting(span) ?? [])
        return UsageHistory(span, rows: rows, now: environment.now().milliseconds / 1_000)
    }
}
