import GRPCCore
import Logging
import MartletGuestProtocol
import MartletModel
import SwiftProtobuf

/// Keeps a session with the guest of a machine that runs, and follows its heartbeat.
///
/// A reconciler: a session that ends, whoever ended it, is begun anew until the machine's QEMU is gone. Nobody waits here for
/// a guest that doesn't answer: a call has a time limit, and a guest that can't be reached is said to be so at once.
actor GuestLink {
    /// Between two beats.
    private static let interval: Duration = .seconds(5)
    /// How long a guest that runs may be silent before it counts as lost. Hyper-V's heartbeat gives it half a minute too.
    private static let silence: Duration = .seconds(30)
    /// Beats that come faster are made to wait: a guest can't keep the host busy.
    private static let shortestInterval: Duration = .milliseconds(500)

    let ways: GuestWays
    let machine: String
    let logger: Logger
    let now: @Sendable () -> Moment
    private let changed: @Sendable (GuestStatus?) async -> Void
    private(set) var disabled: Set<GuestService>
    /// What the guest is told.
    private(set) var values: [String: String]
    private var task: Task<Void, Never>?
    private(set) var client: GuestChannel.Client?
    /// Of the same session as `client`.
    private(set) var streams: LinkStreams?
    /// How many calls are under way.
    private var calls = 0
    private var isRunning = true
    private var lastBeat = ContinuousClock.now
    private var status: GuestStatus?
    private var waiting: Task<SessionEnd, any Error>?

    init(
        ways: GuestWays, machine: String, disabled: Set<GuestService>, values: [String: String], logger: Logger,
        now: @escaping @Sendable () -> Moment, changed: @escaping @Sendable (GuestStatus?) async -> Void
    ) {
        self.ways = ways
        self.machine = machine
        self.disabled = disabled
        self.values = values
        self.logger = logger
        self.now = now
        self.changed = changed
    }

    func start() {
        guard task == nil else { return }
        task = Task { await self.follow() }
    }

    /// For good.
    func end() async {
        task?.cancel()
        await task?.value
        task = nil
    }

    /// The guest's processors run, or stand still: a guest that is paused is not lost.
    func executionChanged(isRunning: Bool) async {
        let goesOn = isRunning && !self.isRunning
        self.isRunning = isRunning
        lastBeat = .now
        guard goesOn else { return }
        // A guest that went on from a saved state has lost what it had by vsock, and may be there again.
        if client == nil { waiting?.cancel() }
        await setClock()
    }

    /// The guest has opened or closed its end of the port, as at a reboot: whoever spoke there before is gone, and a hello that
    /// was said to nobody went nowhere.
    func portChanged() { waiting?.cancel() }

    func set(disabled services: Set<GuestService>, values: [String: String]) async {
        if values != self.values {
            self.values = values
            await tellValues()
        }
        guard services != disabled else { return }
        disabled = services
        // The next session asks for what is on.
        waiting?.cancel()
    }

    /// Calls the guest.
    ///
    /// - Parameter service: what the call belongs to.
    /// - Throws: `wrongState` when the service is off; `unavailable` when the guest can't be reached; `unsupported` when it
    ///   doesn't offer the service; the call's failure.
    func call<Result: Sendable>(
        _ service: GuestService, _ body: @Sendable (GuestChannel.Client) async throws -> Result
    ) async throws(MartletError) -> Result {
        let client = try require(service)
        calls += 1
        defer { calls -= 1 }
        do {
            return try await body(client)
        } catch {
            throw GuestCall.failure(error, machine)
        }
    }

    /// The way to the guest, for a call of a service.
    ///
    /// - Throws: as `call`.
    func require(_ service: GuestService) throws(MartletError) -> GuestChannel.Client {
        if disabled.contains(service) {
            throw MartletError(
                .wrongState,
                "the service '\(service.rawValue)' of '\(machine)' is off; turn it on with `martlet vm services enable`"
            )
        }
        guard let client, let status, status.heartbeat != .lost else {
            throw MartletError(
                .unavailable,
                status == nil
                    ? "the guest of '\(machine)' doesn't answer: it may be starting, or have no integration services; "
                        + "install them with `martlet vm services insert`"
                    : "the guest of '\(machine)' doesn't answer any more; look at its console")
        }
        guard status.services.contains(service) else {
            throw MartletError(
                .unsupported,
                "the guest of '\(machine)' doesn't offer the service '\(service.rawValue)'; update martlet-guest there")
        }
        return client
    }

    // MARK: The session

    private func follow() async {
        while !Task.isCancelled {
            let session = Task { try await self.session() }
            waiting = session
            let result = await withTaskCancellationHandler {
                await session.result
            } onCancel: {
                session.cancel()
            }
            waiting = nil
            if case .success(.moves) = result {
                client = nil
                continue
            }
            await sessionEnded(result.map { _ in })
            // A guest that ends each session at once isn't asked in a loop.
            try? await Task.sleep(for: .seconds(1))
        }
    }

    /// Whether the guest could go over to another way without anybody's noticing.
    var isIdle: Bool { calls == 0 }

    func serve(
        _ client: GuestChannel.Client, _ streams: LinkStreams, by channel: GuestStatus.Channel
    ) async throws {
        let description = try await GuestPresence.Client(wrapping: client)
            .describe(GuestDescribeRequest(), options: GuestCall.options(GuestCall.shortly))
        await begin(client, streams, description, channel)
        try await withThrowingTaskGroup(of: Void.self) { group in
            group.addTask { try await self.watch(client) }
            group.addTask { try await self.waitForSilence() }
            defer { group.cancelAll() }
            try await group.next()
        }
    }

    private func begin(
        _ client: GuestChannel.Client, _ streams: LinkStreams, _ description: GuestDescription,
        _ channel: GuestStatus.Channel
    ) async {
        self.client = client
        self.streams = streams
        lastBeat = .now
        let hasHeartbeat = !disabled.contains(.heartbeat)
        let heartbeat: GuestStatus.Heartbeat = hasHeartbeat ? .starting : .off
        let since = status?.heartbeat == heartbeat ? status?.since : nil
        var new = GuestStatus(description, heartbeat: heartbeat, since: since ?? now())
        new.channel = channel
        await tell(new)
        logger.info(
            "a guest answers",
            metadata: [
                "vm": "\(machine)", "version": "\(GuestWord.cut(description.version))", "by": "\(channel.rawValue)",
            ])
        await setClock()
        await tellValues()
    }

    private func watch(_ client: GuestChannel.Client) async throws {
        let request = GuestWatchRequest.with {
            $0.intervalInMilliseconds = UInt32(Self.interval / .milliseconds(1))
            $0.withExchange = !disabled.contains(.exchange)
        }
        try await GuestPresence.Client(wrapping: client).watch(request) { response in
            for try await beat in response.messages {
                await self.received(beat)
                try await Task.sleep(for: Self.shortestInterval)
            }
        }
    }

    private func received(_ beat: GuestBeat) async {
        lastBeat = .now
        guard var new = status else { return }
        if !disabled.contains(.heartbeat) {
            let heartbeat = GuestStatus.Heartbeat(beat.health)
            if heartbeat != new.heartbeat { new.since = now() }
            new.heartbeat = heartbeat
            let failed = beat.failedUnits.prefix(20).map { GuestWord.cut($0) }
            new.failedUnits = failed.isEmpty ? nil : failed
        }
        if beat.hasExchange, !disabled.contains(.exchange) { new.take(beat.exchange) }
        await tell(new)
    }

    private func waitForSilence() async throws {
        while true {
            try await Task.sleep(for: Self.interval)
            if isRunning, ContinuousClock.now - lastBeat > Self.silence {
                throw MartletError(.timedOut, "nothing was heard from the guest for \(Self.silence)")
            }
        }
    }

    private func sessionEnded(_ result: Result<Void, any Error>) async {
        (client, streams) = (nil, nil)
        if case .failure(let error) = result, !Task.isCancelled {
            logger.debug("a guest's session ended", metadata: ["vm": "\(machine)", "error": "\(error)"])
        }
        guard var new = status, new.heartbeat != .lost, isRunning else { return }
        new.heartbeat = .lost
        new.since = now()
        await tell(new)
    }

    private func tell(_ new: GuestStatus) async {
        guard new != status else { return }
        status = new
        await changed(new)
    }
}
