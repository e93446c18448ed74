import Logging
package import MartletModel

/// Stops every machine of the host as its configuration says, before the host goes down.
package struct HostStop: Sendable {
    static let kind = "host.stopMachines"
    static let principal = Principal(name: "host", role: .administrator)
    /// How many are saved at once: they share a disk.
    private static let savesAtOnce = 2
    /// How many guests shut down at once.
    private static let stopsAtOnce = 32

    struct Input: Codable, Sendable {
        var timeoutInSeconds: Int64
        /// Of which boot it is about: what a host's going down interrupted isn't gone on with after it came up.
        var boot: String?
    }

    let machines: VirtualMachines
    let automaticStarts: AutomaticStarts
    let logger: Logger

    private var gate: StartGate { machines.tools.gate }
    private var operations: Operations { machines.tools.operations }

    /// Begins to stop every machine. Until that has ended none can be started.
    ///
    /// - Parameter timeout: how long guests have to shut down before they are turned off, from 1 s to 1 h.
    /// - Throws: `invalidArgument`, `storeFailed`.
    package func begin(timeout: Duration, by principal: Principal) async throws(MartletError) -> Operation {
        try VirtualMachines.check(timeout: timeout)
        return try await operations.begin(
            Self.kind, title: "stop the machines of this host", subject: "host",
            input: Input(
                timeoutInSeconds: timeout.components.seconds, boot: machines.tools.environment.bootIdentity()),
            by: principal
        )
    }

    /// A failure of one machine is told and stops no other. What is begun isn't undone: each machine's own operation is.
    var definition: OperationDefinition {
        OperationDefinition(
            kind: Self.kind,
            input: Input.self,
            recovery: .finish,
            resume: { _ in gate.shut() },
            abandon: { _, _ in gate.open() },
            steps: [
                TypedStep("stop the machines", isIrreversible: true) { input, context in
                    guard input.boot == machines.tools.environment.bootIdentity() else {
                        throw MartletError(.cancelled, "the host went down before all of its machines were stopped")
                    }
                    try await stopAll(timeout: .seconds(input.timeoutInSeconds), context)
                }
            ]
        )
    }

    private func stopAll(timeout: Duration, _ context: OperationContext) async throws {
        gate.shut()
        await machines.settled.wait()
        await automaticStarts.giveUp()
        for driver in machines.drivers { await driver.takenInHand(by: Self.principal) }
        let end = ContinuousClock.now + timeout
        let running = machines.list().filter { $0.status.processID != nil || $0.state == .starting }
        let progress = StopProgress(total: running.count, context)
        let (saved, others) = (running.filter(Self.isSaved), running.filter { !Self.isSaved($0) })
        await withTaskGroup(of: Void.self) { group in
            group.addTask { await stop(saved, width: Self.savesAtOnce, before: end, progress) }
            group.addTask { await stop(others, width: Self.stopsAtOnce, before: end, progress) }
        }
        gate.open()
        try Task.checkCancellation()
        let left = machines.list().filter { $0.status.processID != nil }
        guard left.isEmpty else {
            let names = left.map { "'\($0.name)'" }.joined(separator: ", ")
            throw MartletError(.timedOut, "these machines could not be stopped: \(names); look at their operations")
        }
    }

    private static func isSaved(_ machine: VirtualMachine) -> Bool {
        machine.configuration.automaticStopAction == .save
    }

    private func stop(
        _ list: [VirtualMachine], width: Int, before end: ContinuousClock.Instant, _ progress: StopProgress
    ) async {
        await withTaskGroup(of: Void.self) { group in
            for (index, machine) in list.enumerated() {
                if index >= width { await group.next() }
                group.addTask {
                    await stop(machine, before: end, progress)
                    await progress.oneMore()
                }
            }
        }
    }

    /// As its action says, and with more force where that fails: a machine that can't be saved is shut down, and one that doesn't shut
    /// down in time is turned off. Once this is cancelled nothing more is begun; what is under way is each machine's own operation.
    private func stop(
        _ machine: VirtualMachine, before end: ContinuousClock.Instant, _ progress: StopProgress
    ) async {
        let action = machine.configuration.automaticStopAction
        do {
            let driver = try machines.driver(machine.id)
            try await atRest(machine.id, before: end)
            if Task.isCancelled { return }
            if action == .save, await isDone("saved", machine, progress, { try await driver.save(byHost: true) }) {
                return
            }
            if Task.isCancelled { return }
            if action != .turnOff,
                await isDone("shut down", machine, progress, { try await driver.shutDownWithHost(before: end) })
            {
                return
            }
            if Task.isCancelled { return }
            _ = await isDone("turned off", machine, progress) { try await driver.turnOffWithHost() }
        } catch {
            await progress.tell("'\(machine.name)' could not be stopped: \(error)")
        }
    }

    /// Waits until no other operation has the machine in hand.
    private func atRest(_ id: ID<VirtualMachine>, before end: ContinuousClock.Instant) async throws(MartletError) {
        let states: Set<VirtualMachineState> = [.off, .saved, .running, .paused, .critical, .failed]
        let left = max(.seconds(1), end - ContinuousClock.now)
        _ = try await machines.wait(for: id, until: states, timeout: left)
    }

    /// Whether the machine is down afterwards, or is nobody's business any more since this was cancelled.
    private func isDone(
        _ what: String, _ machine: VirtualMachine, _ progress: StopProgress,
        _ begin: () async throws -> Operation?
    ) async -> Bool {
        do {
            guard let operation = try await begin() else { return true }
            var ended = operation
            while !ended.state.isEnded {
                // A wait that is cancelled ends at once.
                if Task.isCancelled { return true }
                ended = try await operations.wait(for: operation.id, timeout: .seconds(60))
            }
            guard ended.state == .succeeded else { throw ended.error?.error ?? MartletError(.cancelled, "cancelled") }
            return true
        } catch {
            await progress.tell("'\(machine.name)' was not \(what): \(error)")
            return false
        }
    }
}

/// How far the stop of many machines is.
private actor StopProgress {
    private let total: Int
    private let context: OperationContext
    private var done = 0

    init(total: Int, _ context: OperationContext) {
        self.total = total
        self.context = context
    }

    func oneMore() async {
        done += 1
        await context.progress(Double(done) / Double(max(total, 1)))
    }

    func tell(_ text: String) async { await context.message(text) }
}

/// What the host asks of its machines when it goes down; nil where there is nothing to do any more.
extension VirtualMachineDriver {
    fileprivate func save(byHost: Bool) async throws(MartletError) -> Operation? {
        isAlive ? try await save(byHost: byHost, revision: nil, by: HostStop.principal) : nil
    }

    fileprivate func shutDownWithHost(before end: ContinuousClock.Instant) async throws(MartletError) -> Operation? {
        guard isAlive else { return nil }
        let left = max(.seconds(1), end - ContinuousClock.now)
        return try await stop(turnOff: false, timeout: left, byHost: true, revision: nil, by: HostStop.principal)
    }

    fileprivate func turnOffWithHost() async throws(MartletError) -> Operation? {
        guard isAlive else { return nil }
        return try await stop(
            turnOff: true, timeout: .seconds(1), byHost: true, revision: nil, by: HostStop.principal)
    }
}
