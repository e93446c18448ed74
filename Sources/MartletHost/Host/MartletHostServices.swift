import Glibc
package import Logging
import MartletLinux
package import MartletModel
import MartletQEMU
import MartletStore

/// Everything that lives on a host, built in order and ready to serve.
package struct MartletHostServices: Sendable {
    package let layout: RootLayout
    package let virtualMachines: VirtualMachines
    package let figures: MachineFigures
    package let samples: SampleKeeper
    package let disks: Disks
    package let images: Images
    package let switches: Switches
    package let operations: Operations
    package let tokens: Tokens
    package let roles: AccountRoles
    package let sessions: Sessions
    package let tickets: Tickets
    package let passwordSignIn: PasswordSignIn
    package let audit: AuditLog
    package let hostInformation: HostInformation
    package let storageWatch: StorageWatch
    package let processorModels: ProcessorModels
    package let events: EventHub
    package let hostStop: HostStop

    /// Opens a host's root: reads what is stored, adopts the guests that run, and takes up unfinished operations.
    ///
    /// The caller holds the root's lock: one daemon has a root at a time.
    /// - Throws: `storeFailed` when the store can't be reached, `forbidden`, `insufficientSpace` or `ioFailed` for the root's folders.
    package static func open(
        configuration: DaemonConfiguration,
        logger: Logger,
        environment: HostEnvironment = HostEnvironment(),
        faults: any OperationFaults = NoFaults(),
        freezers: @escaping GuestFreezers = { _, own in own }
    ) async throws(MartletError) -> MartletHostServices {
        let layout = RootLayout(root: configuration.root)
        try makeFolders(layout)
        try AbandonedFiles(layout: layout, logger: logger).remove()
        UserfaultPermission.takeBack(mark: layout.userfaultMark)
        let opened = try await StoreRecovery(layout: layout, environment: environment, logger: logger).open()
        var parts = try await Parts(
            layout: layout, store: opened.store, configuration: configuration, environment: environment, faults: faults,
            freezers: freezers, logger: logger
        )
        parts.warnings = opened.warnings
        return try await parts.start()
    }

    private static func makeFolders(_ layout: RootLayout) throws(MartletError) {
        try Folder.make(layout.runFolder, mode: 0o711)
        // QEMU's user goes through these on its way to its own files, and can list none of them.
        for folder in [layout.machinesFolder, layout.disksFolder, layout.imagesFolder] {
            try Folder.make(folder, mode: 0o711)
        }
        try Folder.make(layout.switchesFolder, mode: 0o755)
        try Folder.make(layout.poolsFolder, mode: 0o700)
        try Folder.make(layout.logFolder, mode: 0o700)
    }
}

/// The parts while they are put together.
private struct Parts {
    let layout: RootLayout
    let environment: HostEnvironment
    let logger: Logger
    let facts: HostFacts
    let choice: AcceleratorPolicy.Choice
    let installation: QEMUInstallation?
    let guestUser: UserAccount?
    let events: EventHub
    let operations: Operations
    let pools: Pools
    let disks: Disks
    let images: Images
    let switches: Switches
    let claims: MachineClaims
    let machines: VirtualMachines
    let people: People
    let store: SQLiteStore
    let controlGroupsFailure: String?
    var warnings: [String] = []

    init(
        layout: RootLayout, store: SQLiteStore, configuration: DaemonConfiguration, environment: HostEnvironment,
        faults: any OperationFaults, freezers: @escaping GuestFreezers, logger: Logger
    ) async throws(MartletError) {
        self.layout = layout
        self.store = store
        self.environment = environment
        self.logger = logger
        facts = try HostFacts.read()
        choice = AcceleratorPolicy.choose(
            explicit: configuration.accelerator,
            processorVirtualizes: facts.hasVirtualizationExtensions,
            kvmOpens: facts.kvmOpens
        )
        installation = await Self.findQEMU(logger)
        let isRoot = facts.effectiveUserID == 0
        guestUser =
            isRoot
            ? try await BlockingWork.run { () throws(MartletError) in try UserAccount(name: GuestUser.name) } : nil
        events = EventHub(environment: environment)
        operations = Operations(store: store, events: events, environment: environment, faults: faults, logger: logger)
        let tool = installation.map { DiskImage(installation: $0, root: layout.root) }
        let share = configuration.shareFolder ?? getenv("MARTLET_SHARE").map { String(cString: $0) }
        images = Images(
            layout: layout, store: store, environment: environment, operations: operations, events: events, tool: tool,
            recipes: ImageRecipes(configured: share, isRoot: isRoot), guestUser: guestUser,
            stranger: isRoot
                ? try await BlockingWork.run { () throws(MartletError) in try UserAccount(name: "nobody") } : nil
        )
        pools = Pools(
            layout: layout, store: store, environment: environment, events: events, guestUser: guestUser)
        disks = Disks(
            layout: layout, store: store, environment: environment, operations: operations, events: events,
            pools: pools, images: tool, library: images, guestUser: guestUser
        )
        switches = Switches(
            layout: layout, store: store, environment: environment, events: events, isRoot: isRoot,
            guestUser: guestUser, logger: logger
        )
        claims = MachineClaims(
            store: store, hostMemory: facts.memory, hostCPUs: facts.cpus, accelerator: choice.accelerator)
        let groups = Result { () throws(MartletError) in try ControlGroups.ready() }
        controlGroupsFailure = groups.failure.map { "\($0)" }
        let tools = MachineTools(
            layout: layout, store: store, environment: environment, claims: claims,
            memory: MemoryBalancer(claims: claims, logger: logger), controlGroups: try? groups.get(),
            controlGroupsFailure: controlGroupsFailure, disks: disks,
            checkpoints: Checkpoints(layout: layout, store: store, events: events), freezers: freezers,
            images: images, switches: switches,
            processorModels: ProcessorModels(
                installation: installation, accelerator: choice.accelerator, user: guestUser),
            operations: operations, gate: StartGate(), installation: installation, accelerator: choice.accelerator,
            nestedExtension: facts.virtualizationExtension == "vmx" ? .vmx : .svm, userID: facts.effectiveUserID,
            guestUser: guestUser, helper: configuration.helper, logger: logger
        )
        machines = VirtualMachines(tools: tools, events: events)
        people = People(
            layout: layout, store: store, configuration: configuration, environment: environment, machines: machines,
            userID: facts.effectiveUserID, logger: logger
        )
    }

    private static func findQEMU(_ logger: Logger) async -> QEMUInstallation? {
        do {
            return try await QEMUInstallation.find()
        } catch {
            logger.error("no machine can be started", metadata: ["error": "\(error)"])
            return nil
        }
    }

    /// Reads, takes up and adopts, in this order: an operation owns its machine before anybody else looks at it.
    consuming func start() async throws(MartletError) -> MartletHostServices {
        warnings += try await switches.load()
        warnings += try await pools.load()
        warnings += try await disks.load()
        warnings += try await images.load()
        warnings += try await people.tokens.load()
        warnings += try await machines.load()
        warnings += try await machines.tools.checkpoints.load()
        let claimed = try await claims.load()
        let automaticStarts = AutomaticStarts(
            machines: machines, store: store, environment: environment, cpus: facts.cpus, logger: logger)
        let hostStop = HostStop(machines: machines, automaticStarts: automaticStarts, logger: logger)
        await operations.register([hostStop.definition])
        await operations.register(
            VirtualMachineOperations.definitions(machines) + DiskOperations.definitions(disks)
                + ImageOperations.definitions(images) + AttachmentOperations.definitions(machines)
                + SwitchOperations.definitions(machines) + AdapterOperations.definitions(machines)
                + CheckpointOperations.definitions(machines))
        images.setUsers { [disks, machines] in Self.users(of: $0, disks, machines) }
        await machines.assumeRunningPlugged()
        warnings += await switches.restore()
        warnings += try await operations.recover()
        try MachineSeed(layout: layout).sweep { [machines] in machines.isKnown($0) }
        warnings += await machines.settle(claimed: claimed.documents.map(\.document))
        try await automaticStarts.begin()
        for warning in warnings { logger.warning("\(warning)") }
        let figures = MachineFigures(machines: machines, environment: environment)
        return MartletHostServices(
            layout: layout,
            virtualMachines: machines,
            figures: figures,
            samples: SampleKeeper(
                machines: machines, figures: figures, layout: layout, environment: environment, logger: logger),
            disks: disks,
            images: images,
            switches: switches,
            operations: operations,
            tokens: people.tokens,
            roles: people.roles,
            sessions: people.sessions,
            tickets: Tickets(environment: environment),
            passwordSignIn: people.passwordSignIn,
            audit: people.audit,
            hostInformation: HostInformation(
                id: try await identity(),
                hostName: facts.hostName,
                layout: layout,
                facts: facts,
                choice: choice,
                installation: installation,
                machines: machines,
                guestUser: guestUser,
                controlGroupsFailure: controlGroupsFailure,
                audit: people.audit,
                started: environment.now(),
                warnings: warnings
            ),
            storageWatch: StorageWatch(machines: machines, pools: pools, logger: logger),
            processorModels: machines.tools.processorModels,
            events: events,
            hostStop: hostStop
        )
    }

    /// Who needs an image, a sentence each: machines before disks that no machine has.
    private static func users(of image: ID<Image>, _ disks: Disks, _ machines: VirtualMachines) -> [String] {
        let list = machines.list()
        let names = Dictionary(list.map { ($0.id, $0.name) }, uniquingKeysWith: { $1 })
        let copies = disks.list().filter { $0.backing == image }.map { disk in
            let owner = disk.machine.flatMap { names[$0] }.map { " of the machine '\($0)'" } ?? ""
            return "the linked disk '\(disk.name)'\(owner)"
        }
        let drives = list.filter { $0.configuration.isoDrives.contains { $0.image == image } }
        return copies + drives.map { "a drive of the machine '\($0.name)'" }
    }

    private func identity() async throws(MartletError) -> ID<Host> {
        if let stored = try await store.get(HostIdentity.self, id: "self") { return stored.document.id }
        let identity = HostIdentity(id: environment.makeID())
        try await store.put(identity)
        return identity.id
    }
}

extension Result {
    fileprivate var failure: Failure? {
        guard case .failure(let failure) = self else { return nil }
        return failure
    }
}
