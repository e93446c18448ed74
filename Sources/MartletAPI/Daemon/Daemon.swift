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
    /// - Throws: `inUse` when another daemon has the root or the address; what the host's services and the listeners throw.
    package static func run(
        configuration: DaemonConfiguration, faults: any OperationFaults = NoFaults()
    ) async throws {
        // Before the first file is made: nothing of ours is open to others unless a mode says so.
        umask(0o077)
        raiseDescriptorLimit()
        let logger = logger(level: configuration.logLevel)
        let layout = RootLayout(root: configuration.root)
        try makeRoot(layout)
        let lock = try DaemonLock(path: layout.lock)
        let host = try await MartletHostServices.open(configuration: configuration, logger: logger, faults: faults)
        let certificate = try await ServerCertificate.ensure(folder: layout.tlsFolder, hostNames: [hostName()])
        for note in certificate.notes { logger.warning("\(note)") }
        let services = try listeners(configuration, host, certificate, logger)
        try await serve(services, logger)
        _ = consume lock
    }

    /// The API's services over a host that is open; the first that ends, ends all.
    private static func listeners(
        _ configuration: DaemonConfiguration, _ host: MartletHostServices, _ certificate: ServerCertificate, _ logger: Logger
    ) throws -> [any Service] {
        let url = OnceValue<String>()
        let responder = OnceValue<APIResponder>()
        let authenticator = Authenticator(adminGroup: configuration.adminGroup) { host.tokens.authenticate($0) }
        let limits = ConnectionLife.Limits()
        let https = HTTPSListener(
            server: APIServer(logger: logger, limits: limits, tls: try HTTPSListener.tls(certificate)),
            listen: configuration.listen,
            memory: PortMemory(root: configuration.root),
            url: url,
            responder: responder
        )
        let starter = ResponderStarter(url: url, responder: responder) { apiURL in
            let surface = Surface(host: host, apiURL: apiURL, fingerprint: "\(certificate.fingerprint)")
            return APIResponder(surface: surface, authenticator: authenticator, logger: logger)
        }
        let socket = UnixSocketListener(
            server: APIServer(logger: logger, limits: limits, tls: nil),
            path: host.layout.socket,
            group: configuration.adminGroup,
            logger: logger,
            responder: responder,
            onListening: { starter.announce(host) }
        )
        return [starter, https, socket]
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

    /// A thousand connections and a thousand machines' sockets are more than the usual 1,024 descriptors.
    private static func raiseDescriptorLimit() {
        var limit = rlimit()
        guard getrlimit(__rlimit_resource_t(RLIMIT_NOFILE.rawValue), &limit) == 0 else { return }
        limit.rlim_cur = min(limit.rlim_max, 65_536)
        _ = setrlimit(__rlimit_resource_t(RLIMIT_NOFILE.rawValue), &limit)
    }

    private static func hostName() -> String { ProcessInfo.processInfo.hostName }
}
