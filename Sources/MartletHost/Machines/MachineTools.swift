import Logging
import MartletLinux
import MartletModel
import MartletQEMU
import MartletStore

/// What every machine's driver works with; one value for the host.
struct MachineTools: Sendable {
    var layout: RootLayout
    var store: any StateStore
    var environment: HostEnvironment
    var claims: MachineClaims
    var memory: MemoryBalancer
    /// nil where the host can't have them; `controlGroupsFailure` says why.
    var controlGroups: ControlGroups?
    var controlGroupsFailure: String?
    var disks: Disks
    var checkpoints: Checkpoints
    /// Who freezes guests for production checkpoints.
    var freezers: GuestFreezers
    var images: Images
    var switches: Switches
    var processorModels: ProcessorModels
    var operations: Operations
    var gate: StartGate
    var installation: QEMUInstallation?
    var accelerator: Accelerator
    /// What the host's processor has; AMD's where it has neither, since that is what software emulation has.
    var nestedExtension: MachineSpecification.NestedExtension
    /// Our own.
    var userID: UInt32
    /// Whom guests run as when we are root.
    var guestUser: UserAccount?
    /// The program that our helpers are, each a process of its own.
    var helper: String
    var logger: Logger
    /// Keeps what QEMUs write from filling the disk.
    let logs = LogLimiter()

    /// - Throws: `unavailable` when QEMU isn't installed.
    func requireQEMU() throws(MartletError) -> QEMUInstallation {
        if let installation { return installation }
        throw MartletError(.unavailable, "QEMU can't be used here; look at `martlet host check`")
    }

    /// Limits a log as long as its QEMU runs; a machine isn't refused for it.
    func limitLog(_ path: String) {
        do {
            try logs.watch(path)
        } catch {
            logger.warning("nothing limits a log", metadata: ["path": "\(path)", "error": "\(error)"])
        }
    }

    /// Files that guests read and may not change: ours, and readable by their group.
    var guestReadable: FileOwner? { guestUser.map { FileOwner(userID: userID, groupID: $0.groupID) } }

    /// - Throws: `forbidden` when we are root and there is no unprivileged user to run guests as.
    func requireGuestUser() throws(MartletError) -> UserAccount? {
        guard userID == 0, guestUser == nil else { return guestUser }
        throw MartletError(
            .forbidden, "guests don't run as root and there is no user \(GuestUser.name); look at `martlet host check`")
    }
}
