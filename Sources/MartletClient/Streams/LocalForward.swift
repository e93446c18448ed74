import MartletLinux
package import MartletModel
import NIOCore
import NIOPosix

/// A place on this machine at which a host's screen or console is to be had by programs that know no web sockets.
package enum LocalForward {
    /// Where programs connect to.
    package enum Place: Hashable, Sendable {
        /// Whoever reaches it is let in.
        case address(ListenAddress)
        /// A unix socket, for its owner alone.
        case file(String)
    }

    /// At once; more wait until one has ended.
    private static let mostConnections = 32

    /// Carries bytes between whoever connects and a web socket of its own each, until the task is cancelled.
    ///
    /// - Parameters:
    ///   - announce: is told where it listens, with the port that was chosen where none was given.
    ///   - open: opens a web socket and does what it is given with it.
    ///   - failed: is told why a connection ended that its program didn't end.
    /// - Throws: `inUse`, `forbidden`, `invalidArgument` or `ioFailed` for a place that can't be listened at.
    package static func run(
        at place: Place, announce: @Sendable (Place) -> Void,
        open:
            @escaping @Sendable (_ work: @escaping @Sendable (WebSocketConnection) async throws -> Void) async throws ->
            Void,
        failed: @escaping @Sendable (any Error) -> Void
    ) async throws {
        let server = try await listen(at: place)
        defer { if case .file(let path) = place { try? Folder.removeTree(path) } }
        try await server.executeThenClose { connections in
            announce(actual(place, server.channel.localAddress))
            try await withThrowingTaskGroup(of: Void.self) { group in
                var count = 0
                for try await connection in connections {
                    if count >= mostConnections {
                        try await group.next()
                        count -= 1
                    }
                    count += 1
                    group.addTask {
                        do { try await carry(connection, open) } catch is CancellationError {} catch { failed(error) }
                    }
                }
                group.cancelAll()
            }
        }
    }

    private typealias Connection = NIOAsyncChannel<ByteBuffer, ByteBuffer>

    private static func listen(at place: Place) async throws -> NIOAsyncChannel<Connection, Never> {
        let bootstrap = ServerBootstrap(group: MultiThreadedEventLoopGroup.singleton)
            .serverChannelOption(.socketOption(.so_reuseaddr), value: 1)
        let make: @Sendable (any Channel) -> EventLoopFuture<Connection> = { channel in
            channel.eventLoop.makeCompletedFuture { try NIOAsyncChannel(wrappingChannelSynchronously: channel) }
        }
        switch place {
        case .address(let address):
            do {
                return try await bootstrap.bind(host: address.host, port: address.port, childChannelInitializer: make)
            } catch let error as IOError {
                throw MartletError.system(error.errnoCode, "listen at \(address)")
            }
        case .file(let path):
            let socket = try UnixListener.bind(path: path, mode: 0o600)
            return try await bootstrap.bind(socket, childChannelInitializer: make)
        }
    }

    private static func actual(_ place: Place, _ address: SocketAddress?) -> Place {
        guard case .address(let wanted) = place, let port = address?.port else { return place }
        return .address(ListenAddress(host: wanted.host, port: port))
    }

    private static func carry(
        _ connection: Connection,
        _ open: @Sendable (@escaping @Sendable (WebSocketConnection) async throws -> Void) async throws -> Void
    ) async throws {
        try await connection.executeThenClose { inbound, outbound in
            try await open { socket in
                try await withThrowingTaskGroup(of: Void.self) { group in
                    group.addTask {
                        for try await message in socket.messages {
                            try await outbound.write(ByteBuffer(bytes: message))
                        }
                    }
                    group.addTask {
                        for try await bytes in inbound {
                            guard try await socket.send(Array(bytes.readableBytesView)) else { break }
                        }
                    }
                    defer { group.cancelAll() }
                    // Whichever side ends first.
                    try await group.next()
                }
            }
        }
    }
}
