import HummingbirdCore
import HummingbirdTLS
import Logging
import MartletWebSocket
import NIOCore
import NIOPosix
import NIOSSL
import ServiceLifecycle

/// Makes Hummingbird's server for one address, with our limits.
package struct APIServer: Sendable {
    /// Per listener, with descriptors enough for them; more wait in the kernel until one ends.
    package static let mostConnections = 1024

    /// A quarter of a listener's, for one address.
    static func mostOfOneAddress(of connections: Int) -> Int { max(8, connections / 4) }

    /// Answers a request that came by a channel.
    typealias Answer = @concurrent @Sendable (Request, consuming ResponseWriter, any Channel) async throws -> Void

    var logger: Logger
    var limits: ConnectionLife.Limits
    var webSockets = WebSocketLimits()
    var mostConnections = Self.mostConnections
    /// How many an address may have at once; nil at the unix socket, where there are none.
    var places: ConnectionPlaces?
    /// nil for plain HTTP, which only the unix socket speaks.
    var tls: TLSConfiguration?

    /// - Parameter onListening: called once with the listening channel.
    /// - Throws: NIOSSL's errors for a certificate that can't be used.
    func service(
        at address: BindAddress, answer: @escaping Answer, onListening: @escaping @Sendable (any Channel) async -> Void
    ) throws -> any Service {
        let (limits, places, webSockets) = (limits, places, webSockets)
        let http = HTTPServerBuilder.http1(
            configuration: .init(
                additionalChannelHandlers: [
                    ConnectionGuard(limits: limits, places: places), WebSocketGate(limits: webSockets),
                ],
                httpDecoderConfiguration: .init(
                    maxHeaderFieldSize: 16 << 10,
                    maxHeaderListSize: 16 << 10,
                    maxHeaderFieldCount: 100
                )
            )
        )
        let builder = if let tls { try HTTPServerBuilder.tls(http, tlsConfiguration: tls) } else { http }
        return try builder.buildServer(
            configuration: ServerConfiguration(
                address: address,
                backlog: 1024,
                availableConnectionsDelegate: .maximum(mostConnections, logger: logger)
            ),
            eventLoopGroup: MultiThreadedEventLoopGroup.singleton,
            logger: quiet,
            responder: answer,
            onServerRunning: onListening
        )
    }

    /// Hummingbird tells every start; the daemon says it in its own words.
    private var quiet: Logger {
        var quiet = logger
        quiet.logLevel = max(logger.logLevel, .notice)
        return quiet
    }
}
