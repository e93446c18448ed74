import Glibc
package import MartletLinux
package import MartletModel

/// Starts QEMU processes.
package struct QEMULaunch {
    /// Starts a machine's QEMU, stopped, and returns its process; its sockets listen by then.
    ///
    /// The daemon binds the sockets (mode 0600) and QEMU gets them as descriptors: a client can connect at once, and
    /// QEMU's user needs no right to their folder. The descriptors in the specification are set here.
    /// - Parameters:
    ///   - root: QEMU's working directory; absolute. Its ancestors needn't be open to QEMU's user.
    ///   - log: where QEMU's output and errors are appended; absolute.
    ///   - tpmSocket: where the emulator of a machine with a TPM listens; QEMU gets a connection.
    ///   - vsock: the kernel's device for a machine with vsock, which has the specification's context id; QEMU gets a duplicate.
    ///   - user: the user that QEMU runs as, with no capabilities and no way to new ones; nil for our own, unchanged.
    /// - Throws: `invalidArgument`, `unsupported` for the specification; `inUse` when a socket has a listener;
    ///   `notFound` for a missing program, folder or tap; `forbidden`, `tooMany`, `insufficientMemory`, `ioFailed` by
    ///   errno. Nothing runs and no socket is left then.
    package static func start(
        _ specification: MachineSpecification,
        installation: QEMUInstallation,
        root: String,
        log: String,
        qmpSocket: String,
        consoleSocket: String,
        guestSocket: String,
        tpmSocket: String? = nil,
        vsock: SharedDescriptor? = nil,
        user: String?
    ) throws(MartletError) -> ProcessIdentity {
        var specification = specification
        specification.qmpDescriptor = 3
        specification.consoleDescriptor = 4
        specification.guestDescriptor = 5
        let arguments = try QEMUArguments.make(specification)
        var descriptors = LaunchDescriptors()
        try descriptors.listen(at: qmpSocket)
        try descriptors.listen(at: consoleSocket)
        try descriptors.listen(at: guestSocket)
        for tap in specification.taps { descriptors.add(try TapDescriptor.open(tap)) }
        if specification.hasTPM { descriptors.add(try connection(toTPM: tpmSocket)) }
        if let context = specification.vsockContext { descriptors.add(try duplicate(vsock, context)) }
        let command = command(installation.executable, arguments, user: user)
        let process = try DetachedProcess.spawn(
            executable: command.executable,
            arguments: command.arguments,
            environment: environment,
            workingDirectory: root,
            log: log,
            descriptors: descriptors.numbers
        )
        descriptors.keepSockets()
        return process
    }

    private static func connection(toTPM socket: String?) throws(MartletError) -> Int32 {
        guard let socket else {
            throw MartletError(.invalidArgument, "a machine with a TPM needs the socket of the TPM")
        }
        return try UnixListener.connect(path: socket)
    }

    private static func duplicate(_ vsock: SharedDescriptor?, _ context: UInt32) throws(MartletError) -> Int32 {
        guard let vsock else {
            throw MartletError(
                .invalidArgument, "a machine with the vsock context id \(context) needs the kernel's device")
        }
        return try vsock.duplicateForHandover()
    }

    /// Nothing of the daemon's own environment reaches QEMU.
    private static let environment = [
        "PATH": "/usr/sbin:/usr/bin:/sbin:/bin", "LANG": "C.UTF-8", "HOME": "/nonexistent",
    ]

    static func command(
        _ executable: String,
        _ arguments: [String],
        user: String?
    ) -> (executable: String, arguments: [String]) {
        guard let user else { return (executable, arguments) }
        let privileges = [
            "--reuid", user, "--regid", user, "--init-groups", "--no-new-privs", "--inh-caps=-all",
            "--bounding-set=-all",
        ]
        return ("/usr/bin/setpriv", privileges + ["--", executable] + arguments)
    }
}

/// The descriptors for a QEMU that is being started; closed when it goes out of scope, and the sockets' files removed
/// unless they are kept.
private struct LaunchDescriptors: ~Copyable {
    private(set) var numbers: [Int32] = []
    private var sockets: [String] = []

    deinit {
        for number in numbers { close(number) }
        for socket in sockets { unlink(socket) }
    }

    mutating func listen(at path: String) throws(MartletError) {
        numbers.append(try UnixListener.bind(path: path, mode: 0o600))
        sockets.append(path)
    }

    mutating func add(_ number: Int32) { numbers.append(number) }

    mutating func keepSockets() { sockets = [] }
}
