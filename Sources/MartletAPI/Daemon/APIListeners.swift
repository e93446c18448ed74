package import Logging
package import MartletHost
package import NIOSSL
package import ServiceLifecycle

/// The API over a host that is open: one responder behind two listeners, each a service.
package struct APIListeners: Sendable {
    /// In the order in which they are run.
    package let services: [any Service]
    private let urlValue: OnceValue<String>
    private let starter: ResponderStarter

    /// - Parameters:
    ///   - fingerprint: the certificate's SHA-256 in lower-case hex.
    ///   - mostConnections: per listener.
    ///   - tls: nil serves plain HTTP, for tests.
    ///   - pages: answers over HTTPS what lies outside of the API; nil for nothing.
    ///   - announce: told once, as soon as both listeners answer, where HTTPS does.
    package init(
        configuration: DaemonConfiguration,
        host: MartletHostServices,
        fingerprint: String,
        tls: TLSConfiguration?,
        routes: RouteTable = .all,
        pages: PageAnswer? = nil,
        limits: ConnectionLife.Limits = .init(),
        mostConnections: Int = APIServer.mostConnections,
        keepAliveInterval: Duration = .seconds(15),
        logger: Logger,
        announce: @escaping @Sendable (_ apiURL: String) -> Void
    ) {
        let url = OnceValue<String>()
        let responder = OnceValue<APIResponder>()
        let authenticator = Authenticator(
            roles: host.roles, tokens: host.tokens, sessions: host.sessions, tickets: host.tickets,
            rates: RequestRates(perSecond: configuration.requestsPerSecond)
        )
        let starter = ResponderStarter(url: url, responder: responder, announce: announce) { apiURL in
            let surface = Surface(
                host: host, apiURL: apiURL, fingerprint: fingerprint, keepAliveInterval: keepAliveInterval)
            return APIResponder(
                routes: routes, surface: surface, authenticator: authenticator, pages: pages, logger: logger)
        }
        let https = HTTPSListener(
            server: APIServer(
                logger: logger, limits: limits, mostConnections: mostConnections,
                places: ConnectionPlaces(most: APIServer.mostOfOneAddress(of: mostConnections)), tls: tls
            ),
            listen: configuration.listen,
            hostName: host.hostInformation.hostName,
            memory: PortMemory(root: configuration.root),
            url: url,
            responder: responder
        )
        let socket = UnixSocketListener(
            server: APIServer(logger: logger, limits: limits, mostConnections: mostConnections, tls: nil),
            path: host.layout.socket,
            groups: configuration.groups,
            logger: logger,
            responder: responder,
            onListening: { starter.socketAnswers() }
        )
        services = [starter, https, socket]
        urlValue = url
        self.starter = starter
    }

    /// Where HTTPS answers, as soon as it does and the socket too.
    ///
    /// - Throws: `CancellationError`.
    package func answering() async throws -> String {
        try await starter.answering()
        return try await urlValue.get()
    }
}
