import Glibc
package import MartletLinux
package import MartletModel

/// A machine's TPM 2.0: one swtpm process, which QEMU talks to over a socket and which ends with it.
///
/// The process has the machine's own user, no capabilities, swtpm's system call filter, and no descriptor but the socket's. It outlives
/// the daemon.
package struct TPMEmulator: Sendable, Hashable {
    /// QEMU's and swtpm's working directory; absolute.
    package var root: String
    /// Where the TPM's state is kept, relative to the root.
    package var folder: String
    /// Whom it runs as; nil for ourselves.
    package var user: UserAccount?

    package init(root: String, folder: String, user: UserAccount?) {
        self.root = root
        self.folder = folder
        self.user = user
    }

    private var absoluteFolder: String { "\(root)/\(folder)" }

    // MARK: State

    /// Makes the TPM's state unless it is there: endorsement keys of its own, and PCRs of SHA-256 alone.
    ///
    /// It is made beside its place and put there whole, so that a TPM that was half made is never used.
    /// - Throws: `unavailable` when swtpm isn't installed; `commandFailed`, `timedOut`, `cancelled`; `insufficientSpace`, `ioFailed`.
    package func makeState() async throws(MartletError) {
        if FileEntry.exists(absoluteFolder) { return }
        try Self.requirePrograms()
        let draft = "\(folder).new"
        try Folder.removeTree("\(root)/\(draft)")
        try Folder.make("\(root)/\(draft)", mode: 0o700, owner: user?.owner)
        let command = QEMULaunch.command(Self.setup, Self.setupArguments(draft), user: user?.name)
        // `env` enters the root while it still may; what is above the root needn't be open to the user.
        try await CommandRunner(timeLimit: .seconds(120)).run(
            "env", ["--chdir=\(root)", command.executable] + command.arguments)
        try FileEntry.renameIfPresent("\(root)/\(draft)", to: absoluteFolder)
    }

    /// Without certificates for the keys: whoever would trust them would have to trust this host's own authority.
    private static func setupArguments(_ folder: String) -> [String] {
        [
            "--tpm2", "--tpm-state", folder, "--createek", "--pcr-banks", "sha256", "--not-overwrite", "--config",
            "/dev/null",
        ]
    }

    // MARK: The process

    /// The process that serves this state; nil when there is none.
    package func find() async -> ProcessIdentity? {
        try? await BlockingWork.run { () throws(MartletError) in look() }
    }

    private func look() -> ProcessIdentity? {
        let entries = ProcessTable.entries { $0.contains(stateArgument) }
        let canonicalRoot = FileEntry.canonical(root)
        // Anybody may start a program with such arguments in our folder. Right after the start it is still the one that gives up root.
        let users = [geteuid(), user?.userID]
        let own = entries.first { entry in
            let program = entry.executable?.split(separator: "/").last
            return entry.workingDirectory == canonicalRoot && users.contains(entry.userID)
                && (program == "swtpm" || program == "setpriv")
        }
        guard let own, let identity = try? ProcessIdentity(processID: own.processID), identity.isAlive else {
            return nil
        }
        return identity
    }

    /// Starts the process and returns it; it listens at `socket` by then, for one connection, and ends when that does.
    ///
    /// - Throws: `unavailable` when swtpm isn't installed; `inUse` when the socket has a listener; `notFound`, `forbidden`, `ioFailed`.
    package func start(socket: String, log: String) throws(MartletError) -> ProcessIdentity {
        try Self.requirePrograms()
        let listener = try UnixListener.bind(path: socket, mode: 0o600)
        defer { close(listener) }
        let command = QEMULaunch.command(Self.program, arguments, user: user?.name)
        do {
            return try DetachedProcess.spawn(
                executable: command.executable, arguments: command.arguments, environment: [:],
                workingDirectory: root, log: log, descriptors: [listener]
            )
        } catch {
            unlink(socket)
            throw error
        }
    }

    /// Ends the process, if there is one: the known one, or the one that is found. What it was told is on the disk: swtpm writes its state with each change.
    ///
    /// - Throws: `timedOut` when the kernel doesn't let it go; `forbidden`, `ioFailed`.
    package func end(_ known: ProcessIdentity? = nil) async throws(MartletError) {
        var process = known
        if !(known?.isAlive ?? false) { process = await find() }
        guard let process else { return }
        for signal in [SIGTERM, SIGKILL] {
            do throws(MartletError) {
                try process.signal(signal)
            } catch  where error.code == .notFound {
                return
            }
            if await process.hasEnded(within: .seconds(10)) { return }
        }
        throw MartletError(.timedOut, "the TPM's process \(process.processID) was killed and isn't gone")
    }

    /// `terminate`: it ends when QEMU does, whether there is a daemon or not.
    private var arguments: [String] {
        [
            "socket", "--tpm2", "--tpmstate", stateArgument, "--ctrl", "type=unixio,fd=3", "--terminate",
            "--seccomp", "action=kill",
        ]
    }

    private var stateArgument: String { "dir=\(folder),mode=0600" }

    private static let program = "/usr/bin/swtpm"
    private static let setup = "/usr/bin/swtpm_setup"

    private static func requirePrograms() throws(MartletError) {
        for (path, package) in [(program, "swtpm"), (setup, "swtpm-tools")] where access(path, X_OK) != 0 {
            throw MartletError(.unavailable, "'\(path)' is missing; install the package \(package)")
        }
    }

    /// Whether machines can have a TPM here.
    package static var isInstalled: Bool { access(program, X_OK) == 0 && access(setup, X_OK) == 0 }
}
