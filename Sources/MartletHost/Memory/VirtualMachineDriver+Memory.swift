import Logging
import MartletModel
import MartletQEMU

/// A running guest's memory: what it holds, what it demands, and what it is told to hold.
extension VirtualMachineDriver {
    /// How often guests' drivers are asked, in seconds: those with dynamic memory as often as the balancer looks.
    static let pollingIntervals: (dynamic: Int64, static: Int64) = (3, 10)
    /// How long a change waits for a guest that gives back or takes memory, and how long for one that has stopped to.
    private static let patience: (whole: Duration, withoutProgress: Duration) = (.seconds(20), .seconds(4))

    /// Begins to follow the memory of a QEMU that was just reached.
    func followMemory() async {
        memory = GuestMemory(most: configuration.guestMemory, target: configuration.guestMemory)
        let isDynamic = configuration.dynamicMemory != nil
        let interval = isDynamic ? Self.pollingIntervals.dynamic : Self.pollingIntervals.static
        do {
            try await requireQMP().pollGuestMemory(everySeconds: interval)
            let now = try await lookAtMemory()
            // QEMU doesn't tell what its balloon was told. A guest that an earlier daemon started holds what it was told, or is about to.
            memory?.target = isDynamic ? now?.assigned ?? configuration.guestMemory : configuration.initialTarget
        } catch {
            tools.logger.debug(
                "a guest's memory can't be followed", metadata: ["vm": "\(configuration.name)", "error": "\(error)"])
        }
        if needsBalancing { await tools.memory.follow(self) }
    }

    /// Tells a guest that is about to start what to hold. It does so once its driver is there.
    ///
    /// - Throws: as QMP's commands.
    func setInitialMemory() async throws(MartletError) {
        let target = configuration.initialTarget
        guard target < configuration.guestMemory else { return }
        try await setMemoryTarget(target)
        await tools.memory.follow(self)
    }

    /// Whether the balancer must look after this guest's memory.
    var needsBalancing: Bool {
        guard let memory else { return false }
        return configuration.dynamicMemory != nil || memory.assigned != min(memory.target, memory.most)
    }

    /// Looks at the guest's memory now; nil when there is nothing to look at.
    ///
    /// - Throws: as QMP's commands.
    @discardableResult
    func lookAtMemory(timeout: Duration = .seconds(10)) async throws(MartletError) -> GuestMemory? {
        let balloon = try await requireQMP().memoryBalloon(timeout: timeout)
        memory?.looked(at: balloon, now: tools.environment.now())
        return memory
    }

    /// - Throws: as QMP's commands.
    func setMemoryTarget(_ target: ByteCount) async throws(MartletError) {
        try await requireQMP().setMemoryTarget(target)
        memory?.target = target
    }

    /// The guest was reset: until its driver is there again it may hold all that it was started with.
    func memoryWasReset() async {
        memory?.reset = tools.environment.now()
        guard let memory, configuration.dynamicMemory != nil || memory.target < memory.most else { return }
        await tools.memory.follow(self)
    }

    /// Has the running guest hold another amount, as far as it gives back or takes.
    ///
    /// - Returns: what is to be said when it couldn't be met in full.
    /// - Throws: as QMP's commands.
    func changeMemory(to target: ByteCount) async throws(MartletError) -> String? {
        guard let before = try await lookAtMemory() else { return nil }
        try await setMemoryTarget(target)
        let after = try await settledMemory(from: before.assigned, to: target)
        try await tools.claims.acknowledge(id, holds: after.held)
        guard after.assigned != target else { return nil }
        await tools.memory.follow(self)
        return Self.partMet(from: before.assigned, to: target, reached: after)
    }

    /// Waits until the guest holds the target, or has stopped to come nearer.
    private func settledMemory(from before: ByteCount, to target: ByteCount) async throws(MartletError) -> GuestMemory {
        let clock = ContinuousClock()
        let end = clock.now + Self.patience.whole
        var last = before
        var lastProgress = clock.now
        while true {
            guard let now = try await lookAtMemory() else {
                throw MartletError(.unavailable, "the machine '\(configuration.name)' has ended meanwhile")
            }
            if now.assigned != last { (last, lastProgress) = (now.assigned, clock.now) }
            let isStuck = clock.now - lastProgress > Self.patience.withoutProgress
            if now.assigned == target || isStuck || clock.now > end { return now }
            do { try await Task.sleep(for: .milliseconds(100)) } catch { return now }
        }
    }

    static func partMet(from before: ByteCount, to target: ByteCount, reached: GuestMemory) -> String {
        let zero = ByteCount(bytes: 0)
        let reason = reached.hasDriver ? "" : "; its balloon driver tells nothing, and it may have none"
        if target < before {
            let taken = max(before - reached.assigned, zero)
            return "\(taken) of \(before - target) were taken back; the guest holds the rest\(reason)"
        }
        let given = max(reached.assigned - before, zero)
        return "\(given) of \(target - before) were given; the guest has not taken the rest\(reason)"
    }
}
