import FoundationEssentials
import Logging
import MartletLinux
import MartletModel
import MartletQEMU
import MartletStore

/// The one writer of one machine: it holds the machine's life and its QEMU, and publishes what becomes of them.
///
/// Requests and steps of operations come in as calls; what QEMU does comes in from two tasks that this actor owns while there is a
/// QEMU: `watcher` follows its events, and another waits for the end of its process. After each `await` the state is looked at again.
actor VirtualMachineDriver {
    /// How long QEMU may take until it answers for the first time: a busy host starts fifty at once.
    static let firstAnswerTimeout: Duration = .seconds(60)
    /// How long a QEMU that we killed may take to be gone.
    static let killTimeout: Duration = .seconds(30)

    nonisolated let id: ID<VirtualMachine>
    let tools: MachineTools
    private let publishMachine: @Sendable (VirtualMachine) -> Void
    private(set) var configuration: VirtualMachineConfiguration
    private(set) var revision: Int64
    var life: VirtualMachineLife
    /// Whether an operation changes an adapter now.
    var hasAdapterWork = false
    /// What an operation does with the layers of its disks now; nil for nothing.
    var layerWork: LayerWork?
    /// Whether the guest is stopped for an instant by such an operation, which nobody need be told.
    var isHeldStill = false
    /// Where the guest that runs has an adapter that isn't recorded, because it wouldn't let it go.
    var keptSlots: Set<Int> = []
    private var since: Moment
    private var started: Moment?

    /// QEMU's process, from its launch or adoption until its end.
    private(set) var process: ProcessIdentity?
    private var qmp: QMPClient?
    private(set) var console: ConsoleHub?
    /// The way to the guest's integration services; nil while there is no QEMU.
    var guest: GuestLink?
    /// What the guest tells of itself.
    var guestStatus: GuestStatus?
    /// As whom sessions with the guest were opened, by the digests of their ids; for the audit log alone.
    var guestUsers: [SHA256Digest: String] = [:]
    /// The process of its TPM, while it is watched.
    var tpm: ProcessIdentity?
    /// What an administrator should know of the present QEMU, by what it is about.
    private var warnings: [Warning: String] = [:]
    private var watcher: Task<Void, Never>?
    /// Takes down what a QEMU held that ended by itself.
    private var settling: Task<Void, Never>?
    /// What the present QEMU has said about its own end.
    private var shutdown: QEMUShutdown?
    /// How the QEMU before the present one ended, or the last one.
    private var lastEnd: QEMUEnd?
    /// What is known of the guest's memory; nil while there is no QEMU.
    var memory: GuestMemory?
    /// Why the present QEMU is in no control group; nil when it is in one.
    var groupFailure: String?
    /// What `vm.save` has written so far and read back.
    var writtenStream: StreamSum?
    var savedStateSize: ByteCount?
    /// Whether it ran and nobody stopped it since: kept in the store, so that a host that comes up again knows.
    var isWanted: Bool
    /// Starts it again by itself.
    var restarts = MachineRestarts()
    private let exits = Waiters<ProcessIdentity, ProcessExit>()
    /// Guests' answers to being asked for a device: whether they let go of it.
    let releases = Waiters<String, Bool>()
    /// Called when a guest let go of a disk that nobody waits for.
    let letGo: @Sendable (ID<Disk>) -> Void
    /// The places of disks that are being attached.
    var promisedSlots: [ID<Disk>: Int] = [:]
    /// Why QEMU stopped the guest at an I/O error; nil while it didn't.
    var storageFault: StorageFault?

    init(
        _ configuration: VirtualMachineConfiguration,
        revision: Int64,
        life: VirtualMachineLife = VirtualMachineLife(),
        since: Moment,
        isWanted: Bool = false,
        tools: MachineTools,
        letGo: @escaping @Sendable (ID<Disk>) -> Void,
        publish: @escaping @Sendable (VirtualMachine) -> Void
    ) {
        self.id = configuration.id
        self.configuration = configuration
        self.revision = revision
        self.life = life
        self.since = since
        self.isWanted = isWanted
        self.tools = tools
        groupFailure = tools.controlGroupsFailure
        self.letGo = letGo
        self.publishMachine = publish
        self.savedStateSize = life.published == .saved ? SavedState(of: configuration, layout: tools.layout).size : nil
    }

    /// The machine as a reader sees it now.
    var machine: VirtualMachine {
        let status = VirtualMachineStatus(
            state: life.published,
            since: since,
            started: started,
            processID: process?.processID,
            accelerator: process == nil ? nil : tools.accelerator,
            cause: life.cause ?? storageFault?.failure,
            savedState: life.published == .saved ? savedStateSize : nil,
            warnings: Warning.allCases.compactMap { warnings[$0] },
            guest: guestStatus
        )
        return VirtualMachine(configuration: configuration, status: status, revision: revision)
    }

    /// Lets the machine's life take a turn and tells everybody.
    @discardableResult
    func turn<T>(_ body: (inout VirtualMachineLife) -> T) -> T {
        let before = life.published
        let result = body(&life)
        if life.published != before { since = tools.environment.now() }
        publish()
        return result
    }

    func publish() { publishMachine(machine) }

    /// What a warning is about; a new one takes the place of the last about the same.
    enum Warning: CaseIterable { case tpm, watchdog }

    /// Tells something that is not as it should be, until QEMU ends.
    func warn(_ subject: Warning, _ text: String) {
        warnings[subject] = text
        publish()
    }

    /// - Throws: `preconditionFailed` when somebody changed the machine since the requester looked.
    func check(revision expected: Int64?) throws(MartletError) {
        guard let expected, expected != revision else { return }
        throw MartletError(
            .preconditionFailed,
            "'\(configuration.name)' has revision \(revision), not \(expected); look at it again",
            details: [.init("revision", "\(revision)")]
        )
    }

    /// - Throws: `wrongState` with the reason.
    func require(_ verdict: VirtualMachineLife.Verdict) throws(MartletError) {
        guard case .refused(let reason) = verdict else { return }
        throw MartletError(
            .wrongState, "'\(configuration.name)' \(reason)", details: [.init("state", life.published.rawValue)]
        )
    }

    func replaceConfiguration(_ new: VirtualMachineConfiguration, revision: Int64) {
        configuration = new
        self.revision = revision
        publish()
    }

    // MARK: QEMU

    /// Whether there is a QEMU process of this machine.
    var isAlive: Bool { process?.isAlive ?? false }

    /// The QMP connection.
    ///
    /// - Throws: `unavailable` when there is none.
    func requireQMP() throws(MartletError) -> QMPClient {
        if let qmp { return qmp }
        throw MartletError(
            .unavailable, "the QEMU of '\(configuration.name)' doesn't answer; look at `martlet vm show`")
    }

    /// Starts QEMU, stopped, unless it runs; to go on from the machine's saved state with `isRestored`.
    func launch(isRestored: Bool = false) async throws(MartletError) {
        guard !isAlive else { return }
        let installation = try tools.requireQEMU()
        var specification = try specification()
        specification.isRestored = isRestored
        try Folder.make(tools.layout.runFolder(of: id), mode: Self.runFolderMode)
        try makeScreenFolder()
        try rotateLogs()
        let identity = try QEMULaunch.start(
            specification,
            installation: installation,
            root: tools.layout.root,
            log: tools.layout.absolute(configuration.relativeLog),
            qmpSocket: tools.layout.qmpSocket(of: id),
            consoleSocket: tools.layout.consoleSocket(of: id),
            guestSocket: tools.layout.guestSocket(of: id),
            tpmSocket: tools.layout.tpmSocket(of: id),
            user: try tools.requireGuestUser()?.name
        )
        hold(identity)
        placeInGroup(identity)
    }

    /// Takes a process as this machine's QEMU and waits for its end.
    func hold(_ identity: ProcessIdentity) {
        if process != identity { keptSlots = [] }
        process = identity
        tools.limitLog(tools.layout.absolute(configuration.relativeLog))
        shutdown = nil
        storageFault = nil
        warnings = [:]
        let age = identity.age.components
        let now = tools.environment.now()
        started = Moment(milliseconds: now.milliseconds - age.seconds * 1_000 - age.attoseconds / 1_000_000_000_000_000)
        restarts.heldSince = ContinuousClock.now - identity.age
        Task {
            let exit = await identity.waitForExit()
            await self.processExited(identity, exit)
        }
        publish()
    }

    /// Connects to QEMU and checks that it is this machine's.
    ///
    /// - Throws: `qemuFailed` when it has ended, with the end of its log; `unavailable` or `timedOut` when it doesn't answer.
    func connect(timeout: Duration = firstAnswerTimeout) async throws(MartletError) {
        guard qmp == nil else { return }
        guard let identity = process else { throw endedError }
        do {
            let client = try await QMPClient.connect(
                path: tools.layout.qmpSocket(of: id), timeout: timeout, logger: tools.logger
            )
            try await attach(client)
        } catch {
            // A QEMU that refuses its arguments ends at once, and the socket with it: then its own words are the cause.
            if await exit(of: identity, within: .milliseconds(500)) != nil { throw endedError }
            throw error
        }
    }

    private func attach(_ client: QMPClient) async throws(MartletError) {
        let uuid = try await client.execute(QueryUUID())
        guard ID<VirtualMachine>(uuid.uuid) == id else {
            await client.close()
            throw MartletError(
                .qemuFailed, "the QEMU at \(tools.layout.qmpSocket(of: id)) is of machine \(uuid.uuid); end it by hand")
        }
        guard process != nil, qmp == nil else { return await client.close() }
        qmp = client
        let events = Task { for await event in client.events { self.handle(event) } }
        watcher = events
        Task {
            await events.value
            await self.connectionEnded(client)
        }
        await followMemory()
        await openConsole()
        await openGuest()
    }

    private func openConsole() async {
        guard console == nil else { return }
        let hub = await ConsoleHub.open(
            socket: tools.layout.consoleSocket(of: id),
            log: tools.layout.absolute(configuration.relativeConsoleLog),
            logger: tools.logger
        )
        // QEMU may have ended meanwhile, or another connection have been first.
        if process == nil || console != nil { await hub?.end() } else { console = hub }
    }

    /// Whether the guest's processors run, as QEMU says now.
    func queryExecution() async throws -> VirtualMachineLife.Execution {
        let status = try await requireQMP().execute(QueryStatus())
        guard status.status == "io-error" else {
            storageFault = nil
            return status.running ? .running : .paused
        }
        try await findStorageFault()
        return .critical
    }

    private func handle(_ event: QMPEvent) {
        switch event {
        case .shutdown(let guest, let reason): shutdown = QEMUShutdown(guest: guest, reason: reason)
        case .reset:
            turn { $0.guestReset() }
            Task { await self.memoryWasReset() }
        case .stop:
            if storageFault == nil, !isHeldStill { turn { $0.executionChanged(.paused) } }
            guestExecutes(false)
        case .resume:
            storageFault = nil
            if !isHeldStill { turn { $0.executionChanged(.running) } }
            guestExecutes(true)
        case .portChanged(QMPEvent.guestServicesPort, _): guestPortChanged()
        case .deviceDeleted(let device): deviceAnswered(device, released: true)
        case .deviceUnplugRefused(let device): deviceAnswered(device, released: false)
        case .blockIOError(let error): diskFailed(error)
        case .guestPanicked: guestPanicked()
        case .watchdog(let action): watchdogRanOut(action)
        default: break
        }
    }

    /// QEMU is about to end, and this is why.
    func shutdownAnnounced(_ shutdown: QEMUShutdown) { self.shutdown = shutdown }

    /// The connection is gone. Mostly because QEMU is; if not, it is tried again for as long as QEMU lives.
    private func connectionEnded(_ client: QMPClient) async {
        guard qmp === client, let identity = process else { return }
        qmp = nil
        await client.close()
        // One that said it would end is given the time to close its disks.
        let patience: Duration = shutdown == nil ? .seconds(2) : .seconds(60)
        if await exit(of: identity, within: patience) != nil { return }
        turn {
            $0.contactLost(
                Failure(code: "unavailable", message: "QEMU runs as process \(identity.processID) and does not answer"))
        }
        Task { await self.regainContact(identity) }
    }

    /// Tries to reach a QEMU that lives and doesn't answer, until it does, ends, or an operation takes over.
    func regainContact(_ identity: ProcessIdentity) async {
        while process == identity, qmp == nil, case .failed(_, isAlive: true) = life.state {
            if await exit(of: identity, within: .seconds(5)) != nil { return }
            guard process == identity, qmp == nil else { return }
            do {
                try await connect(timeout: .seconds(5))
                let execution = try await queryExecution()
                turn { $0.adopted(execution) }
                await adoptTPM()
            } catch {
                tools.logger.debug(
                    "QEMU still doesn't answer", metadata: ["vm": "\(configuration.name)", "error": "\(error)"])
            }
        }
    }

    // MARK: The end of QEMU

    /// The exit, if it comes in time.
    func exit(of identity: ProcessIdentity, within timeout: Duration) async -> ProcessExit? {
        await exits.wait(
            for: identity,
            timeout: timeout,
            until: { _ in true },
            current: { self.lastEnd?.process == identity ? self.lastEnd?.exit : nil }
        )
    }

    private func processExited(_ identity: ProcessIdentity, _ exit: ProcessExit) async {
        guard process == identity else { return }
        // The events end with the process; what QEMU said last is among them.
        qmp = nil
        await watcher?.value
        guard process == identity else { return }
        watcher = nil
        await console?.end()
        console = nil
        await closeGuest()
        let end = QEMUEnd(
            process: identity, exit: exit, shutdown: shutdown, log: logTail(), hadLostTPM: warnings[.tpm] != nil)
        lastEnd = end
        process = nil
        tools.logs.unwatch(tools.layout.absolute(configuration.relativeLog))
        started = nil
        memory = nil
        await tools.memory.unfollow(id)
        storageFault = nil
        warnings = [:]
        exits.notify(identity, exit)
        await settle(end)
    }

    /// What follows an end that no operation brought about: tell, then take down what the machine held.
    private func settle(_ end: QEMUEnd) async {
        let hasPanicked = life.panic != nil
        let action = turn { $0.qemuExited(shutdown: end.isAsked, cause: end.failure) }
        guard action == .cleanUp else { return }
        let failure = life.cause
        let hasFailed = life.published == .failed
        let work = Task {
            await self.cleanUpOrLog()
            if hasFailed, let failure { await self.keep(failure) }
        }
        settling = work
        await work.value
        if settling == work { settling = nil }
        await endedByItself(hasPanicked ? .panicked : hasFailed ? .failed : .poweredOff)
        await startAgainAfterReset(end)
    }

    /// Waits until what an earlier QEMU held is taken down, so that nothing of a new one is.
    func settled() async { await settling?.value }

    /// Where nothing can be done about a failure; what stays behind is taken down by the next start or the next daemon.
    func cleanUpOrLog() async {
        do {
            try await cleanUp()
        } catch {
            tools.logger.error(
                "what a machine held can't be released", metadata: ["vm": "\(configuration.name)", "error": "\(error)"])
        }
    }

    /// Ends QEMU without asking the guest and waits until it is gone.
    ///
    /// - Throws: `timedOut` when the kernel doesn't let it go.
    func kill() async throws(MartletError) {
        guard let identity = process else { return }
        if identity.isAlive { try identity.signal(9) }
        guard await exit(of: identity, within: Self.killTimeout) != nil else {
            throw MartletError(
                .timedOut, "QEMU's process \(identity.processID) was killed and isn't gone; its disk may hang")
        }
    }

    /// Takes down what a machine without QEMU holds: taps, sockets, its claim. Doing it twice is doing it once.
    func cleanUp() async throws(MartletError) {
        try await endTPM()
        try await tools.switches.unplug(configuration)
        try Folder.removeTree(tools.layout.runFolder(of: id))
        removeGroup()
        try await releaseClaim()
    }

    /// A saved machine keeps its disks; any other without QEMU nothing.
    func releaseClaim() async throws(MartletError) {
        if savedState.exists {
            try await tools.claims.keepDisks(of: configuration)
        } else {
            try await tools.claims.release(id)
        }
    }

    func keep(_ failure: Failure) async {
        do {
            try await tools.store.put(MachineFailure(machine: id, failure: failure, since: since))
        } catch {
            tools.logger.error(
                "a failure can't be kept", metadata: ["vm": "\(configuration.name)", "error": "\(error)"])
        }
    }

    /// Why there is no QEMU where there should be one.
    private var endedError: MartletError {
        (lastEnd?.failure ?? Failure(code: "qemuFailed", message: "QEMU ended and was not seen to")).error
    }

    // MARK: Small parts

    /// What QEMU is started as, from what is wanted of the machine.
    func specification() throws(MartletError) -> MachineSpecification {
        let firmware = configuration.generation == .uefi ? try Firmware.find(secureBoot: configuration.secureBoot) : nil
        var specification = MachineSpecification(
            id: id,
            name: configuration.name,
            generation: configuration.generation,
            secureBoot: configuration.secureBoot,
            memory: configuration.guestMemory,
            cpus: configuration.cpus,
            accelerator: tools.accelerator,
            firmwareCode: firmware?.codePath,
            firmwareVariables: firmware == nil ? nil : configuration.relativeFirmwareVariables,
            kernel: configuration.directBoot == nil ? nil : configuration.relativeKernel,
            initrd: configuration.directBoot?.initrd == nil ? nil : configuration.relativeInitrd,
            append: configuration.directBoot?.append ?? "",
            disks: try tools.disks.devices(configuration.disks),
            seed: configuration.hasSeed ? configuration.relativeSeed : nil,
            adapters: try tools.switches.devices(configuration),
            machineType: configuration.machineType,
            generationID: configuration.generationID
        )
        specification.processor = configuration.processor
        specification.nestedExtension = tools.nestedExtension
        specification.bootOrder = configuration.bootOrder
        specification.isoDrives = try isoDevices()
        specification.watchdogAction = configuration.watchdogAction
        specification.hasTPM = configuration.tpm
        specification.screenSocket = "\(tools.layout.relativeScreenFolder(of: id))/vnc.sock"
        return specification
    }

    func logTail() -> String {
        let path = tools.layout.absolute(configuration.relativeLog)
        let bytes = (try? BoundedFile.tail(path, count: 2_048)) ?? []
        return String(decoding: bytes, as: UTF8.self).split(separator: "\n").suffix(8).joined(separator: "\n")
    }

    /// Each start has logs of its own, QEMU's and the console's; the ones before are kept.
    private func rotateLogs() throws(MartletError) {
        let console = tools.layout.absolute(configuration.relativeConsoleLog)
        try Folder.removeTree("\(console).1")
        for log in [tools.layout.absolute(configuration.relativeLog), console] {
            try FileEntry.renameIfPresent(log, to: "\(log).previous")
        }
    }
}

/// What QEMU said before it ended (its SHUTDOWN event).
struct QEMUShutdown: Sendable, Hashable {
    var guest: Bool
    var reason: String
}

/// How a QEMU ended, and what that means.
struct QEMUEnd: Sendable {
    var process: ProcessIdentity
    var exit: ProcessExit
    var shutdown: QEMUShutdown?
    var log: String
    /// Whether its TPM had ended before it.
    var hadLostTPM = false

    /// Whether the guest or we asked for it, rather than that a signal or QEMU itself ended it.
    var isAsked: Bool { shutdown != nil && shutdown?.reason != "host-signal" }

    /// What there is to tell; nil when the guest powered itself off or we ended it.
    var failure: Failure? {
        let details = log.isEmpty ? [] : [MartletError.Detail("log", log)]
        switch shutdown?.reason {
        case QEMUShutdown.watchdog.reason?:
            return Failure(code: "watchdog", message: "the guest's watchdog ran out and turned it off")
        case "host-signal"?:
            return Failure(code: "qemuFailed", message: "a signal from the host ended QEMU", details: details)
        case .some: return nil
        case nil: return Failure(code: "qemuFailed", message: "QEMU ended by itself: \(exitText)", details: details)
        }
    }

    private var exitText: String {
        switch exit {
        case .code(let code): "it exited with code \(code)"
        case .signal(let signal): "signal \(signal) ended it"
        case .unknown: "how is not known, since an earlier daemon started it"
        }
    }
}
