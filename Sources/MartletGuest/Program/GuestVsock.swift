import Logging
import MartletGuestProtocol
import MartletLinux
import MartletModel
import NIOCore
import NIOPosix

/// Listens on vsock, and serves each host that connects. A guest without vsock has its port alone.
struct GuestVsock: Sendable {
    /// Connections at once. A host needs one, and for a moment two.
    private static let mostConnections = 8
    /// Until vsock is looked for again: the kernel loads it when it finds the device.
    private static let interval: Duration = .seconds(10)

    let port: UInt32
    let configuration: GuestConfiguration
    let sessions: LinkSessions
    let logger: Logger

    func follow() async {
        var last: MartletError.Code?
        while !Task.isCancelled {
            do throws(MartletError) {
                let listener = try VsockSocket.listen(port: port)
                last = nil
                logger.info("listening on vsock", metadata: ["port": "\(port)"])
                try await serve(listener)
            } catch {
                // That the kernel has no vsock is told once.
                if error.code != last { logger.info("vsock can't be used", metadata: ["error": "\(error)"]) }
                last = error.code
            }
            try? await Task.sleep(for: Self.interval)
        }
    }

    /// Whether this is the host's root, and nobody else: others on the host, and in a guest that is a host itself, get no reserved port.
    static func isHost(_ peer: VsockSocket.Peer) -> Bool {
        peer.context == VsockContext.host && VsockContext.reservedPorts.contains(peer.port)
    }

    private func serve(_ listener: SharedDescriptor) async throws(MartletError) {
        let result: Result<Void, MartletError> = await withTaskGroup(of: Void.self) { group in
            defer { group.cancelAll() }
            var open = 0
            do throws(MartletError) {
                while let (connection, peer) = try await VsockSocket.accept(listener) {
                    guard Self.isHost(peer) else {
                        logger.debug(
                            "refused", metadata: ["context": "\(peer.context)", "port": "\(peer.port)"])
                        continue
                    }
                    if open == Self.mostConnections {
                        await group.next()
                        open -= 1
                    }
                    group.addTask { await serveHost(connection) }
                    open += 1
                }
                return .success(())
            } catch {
                return .failure(error)
            }
        }
        try result.get()
    }

    /// Until the host has left.
    private func serveHost(_ connection: SharedDescriptor) async {
        let (socket, sessions) = (configuration.serverSocket, sessions)
        do {
            let channel = try await ClientBootstrap(group: MultiThreadedEventLoopGroup.singleton)
                .channelInitializer { $0.serveLink(socket, sessions) }
                .withConnectedSocket(connection.duplicateForHandover())
                .get()
            await channel.untilClosed()
        } catch {
            logger.warning("a vsock connection can't be served", metadata: ["error": "\(error)"])
        }
    }
}
