import FoundationEssentials
import Glibc
import Logging
package import MartletHost
import MartletLinux
import MartletModel
import NIOSSL
import ServiceLifecycle
import UnixSignals

/// The host service: puts its parts together and runs them until it is told to end.
package enum Daemon {
    /// Runs the daemon until SIGTERM or SIGINT; guests run on.
    ///
    /// - Parameter pages: answers over HTTPS what lies outside of the API; nil for nothing.
    /// - Throws: `inUse` when another daemon has the root or the address; what the host's services and the listeners throw.
    package static func run(
        configuration: DaemonConfiguration, pages: PageAnswer? = nil,
        environment: HostEnvironment = HostEnvironment(),
        faults: any OperationFaults = NoFaults(), freezers: @escaping GuestFreezers = { _, own in own }
    ) async throws {
        // Before the first file is made: nothing of ours is open to others unless a mode says so.
        umask(0o077)
        let descriptors = DescriptorLimit.raise()
        let logger = logger(level: configuration.logLevel)
        let layout = RootLayout(root: configuration.root)
        try makeRoot(layout)
        let lock = try DaemonLock(path: layout.lock)
        let host = try await MartletHostServices.open(
            configuration: configuration, logger: logger, environment: environment, faults: faults,
            freezers: freezers)
        let certificate = try await ServerCertificate.ensure(folder: layout.tlsFolder, hostNames: [hostName()])
        for note in certificate.notes { logger.warning("\(note)") }
        let notices = ServiceNotices(logger: logger)
        let listeners = APIListeners(
            configuration: configuration,
            host: host,
            fingerprint: "\(certificate.fingerprint)",
            tls: try HTTPSListener.tls(certificate),
            pages: pages,
            mostConnections: DescriptorLimit.connections(of: descriptors),
            logger: logger
        ) { apiURL in
            announce(host, apiURL)
            notices.ready(apiURL)
        }
        let version = "martletd \(martletVersion)"
        await host.audit.record(AuditEntry(action: AuditEntry.startDaemon, outcome: "done", note: version))
        let ending: Result<Void, any Error>
        do {
            ending = .success(try await serve(listeners.services + [host.storageWatch, host.samples, notices], logger))
        } catch {
            ending = .failure(error)
        }
        await host.audit.record(
            AuditEntry(action: AuditEntry.endDaemon, outcome: ending.isSuccess ? "done" : "internal", note: version))
        try ending.get()
        _ = consume lock
    }

    /// The line that says that everything answers; programs that start a daemon wait for it.
    private static func announce(_ host: MartletHostServices, _ apiURL: String) {
        let choice = host.hostInformation.accelerator
        let line =
            "martletd \(martletVersion): root \(host.layout.root), socket \(host.layout.socket), \(apiURL), "
            + "accelerator \(choice.accelerator.rawValue) (\(choice.reason))\n"
        let text = Array(line.utf8)
        _ = write(STDERR_FILENO, text, text.count)
        // Everything that only the start needed has run.
        ProcessMemory.trim()
    }

    private static func serve(_ services: [any Service], _ logger: Logger) async throws {
        var group = ServiceGroupConfiguration(
            services: services, gracefulShutdownSignals: [.sigterm, .sigint], logger: logger
        )
        // Answers that were begun get this long; streams and long polls end by themselves.
        group.maximumGracefulShutdownDuration = .seconds(10)
        try await ServiceGroup(configuration: group).run()
    }

    private static func logger(level: Logger.Level) -> Logger {
        var logger = Logger(label: "martletd") { StreamLogHandler.standardError(label: $0) }
        logger.logLevel = level
        return logger
    }

    private static func makeRoot(_ layout: RootLayout) throws(MartletError) {
        guard layout.root.hasPrefix("/"), layout.root.utf8.count <= RootFolder.longestPath else {
            throw MartletError(
                .invalidArgument,
                "the root '\(layout.root)' can't be used; give an absolute path of at most \(RootFolder.longestPath) bytes"
            )
        }
        do {
            try FileManager.default.createDirectory(atPath: layout.root, withIntermediateDirectories: true)
        } catch {
            throw MartletError(.ioFailed, "the root '\(layout.root)' can't be made", cause: error)
        }
        // Others pass through to what is theirs below (QEMU's user, the socket) and can list nothing.
        try Folder.make(layout.root, mode: 0o711)
        try Folder.make(layout.runFolder, mode: 0o711)
    }

    private static func hostName() -> String { ProcessInfo.processInfo.hostName }
}

extension Result {
    fileprivate var isSuccess: Bool {
        switch self {
        case .success: true
        case .failure: false
        }
    }
}
