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
    /// The disks that this operation has in hand.
    var layerWorkDisks: [ID<Disk>] = []
    /// Whether the guest is stopped for an instant by such an operation, which nobody need be told.
    var isHeldStill = false
    /// Where the guest that runs has an adapter that isn't recorded, because it wouldn't let it go.
    var keptSlots: Set<Int> = []
    private(set) var since: Moment
    var started: Moment?

    /// QEMU's process, from its launch or adoption until its end.
    var process: ProcessIdentity?
    var qmp: QMPClient?
    var console: ConsoleHub?
    /// Its guest's context id on vsock; nil where it has none.
    var vsockContext: UInt32?
    /// The way to the guest's integration services; nil while there is no QEMU.
    var guest: GuestLink?
    /// What the guest tells of itself.
    var guestStatus: GuestStatus?
    /// As whom sessions with the guest were opened, by the digests of their ids; for the audit log alone.
    var guestUsers: [SHA256Digest: String] = [:]
    /// The process of its TPM, while it is watched.
    var tpm: ProcessIdentity?
    /// What an administrator should know of the present QEMU, by what it is about.
    var warnings: [Warning: String] = [:]
    var watcher: Task<Void, Never>?
    /// Takes down what a QEMU held that ended by itself.
    var settling: Task<Void, Never>?
    /// What the present QEMU has said about its own end.
    var shutdown: QEMUShutdown?
    /// How the QEMU before the present one ended, or the last one.
    var lastEnd: QEMUEnd?
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
    let exits = Waiters<ProcessIdentity, ProcessExit>()
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
}
