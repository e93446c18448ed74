import GRPCCore
import GRPCNIOTransportHTTP2Posix
import Glibc
package import Logging
import MartletGuestProtocol
import MartletLinux
import MartletModel

/// The guest's program: serves the contract, and connects to it whoever says hello on the virtio-serial port or on vsock.
package struct GuestProgram: Sendable {
    /// The longest message that is taken, in bytes: sixteen pieces of a copied file.
    static let longestMessage = 1 << 20
    /// How much a caller may send ahead of what a call has taken, in bytes. With HTTP/2's own 64 KiB a copy waits for each piece.
    private static let window = 1 << 20

    private let configuration: GuestConfiguration
    private let logger: Logger
    let sessions = LinkSessions()

    package init(configuration: GuestConfiguration, logger: Logger) {
        self.configuration = configuration
        self.logger = logger
    }

    /// Runs until its task is cancelled.
    ///
    /// - Throws: `unavailable` when the folder or the socket can't be made.
    package func run() async throws {
        try Folder.make(configuration.runFolder, mode: 0o700)
        // A guest without systemd has neither.
        try Folder.make(FilePathParts(configuration.stateFolder).folder, mode: 0o755)
        try Folder.make(configuration.stateFolder, mode: 0o755)
        unlink(configuration.serverSocket)
        // A program that takes no more input must not end ours.
        signal(SIGPIPE, SIG_IGN)
        let direct = try await DirectService(
            configuration.direct, runFolder: configuration.runFolder, links: sessions, logger: logger)
        var limits = HTTP2ServerTransport.Posix.Config.defaults
        limits.rpc.maxRequestPayloadSize = Self.longestMessage
        limits.http2.targetWindowSize = Self.window
        limits.http2.maxFrameSize = GuestChannel.longestFrame
        let server = GRPCServer(
            transport: .http2NIOPosix(
                address: .unixDomainSocket(path: configuration.serverSocket), transportSecurity: .plaintext,
                config: limits),
            services: services(direct)
        )
        try await withThrowingTaskGroup(of: Void.self) { group in
            group.addTask { try await server.serve() }
            _ = try await server.listeningAddress
            if let port = configuration.vsockPort {
                group.addTask { [self] in
                    await GuestVsock(port: port, configuration: configuration, sessions: sessions, logger: logger)
                        .follow()
                }
            }
            group.addTask { [self] in
                await GuestPort(configuration: configuration, sessions: sessions, logger: logger).follow()
            }
            group.addTask { await direct.sessions.watch() }
            try await group.next()
            group.cancelAll()
        }
    }

    private func services(_ direct: DirectService) -> [any RegistrableRPCService] {
        let commands = GuestCommands()
        return [
            PresenceService(configuration: configuration, commands: commands, passwordCheck: direct.passwords.name),
            SystemService(configuration: configuration, commands: commands, logger: logger),
            FreezeService(configuration: configuration, logger: logger),
            direct,
        ]
    }
}
