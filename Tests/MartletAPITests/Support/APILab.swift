import Logging
import MartletAPI
import MartletHost
import MartletLinux
import MartletModel
import MartletTestSupport
import ServiceLifecycle
import Testing

/// The API over a host on a scratch root, in the test's process: the unix socket, and plain HTTP where HTTPS would be.
struct APILab: Sendable {
    let lab: HostLab
    let socket: String
    let port: UInt16
    /// A token of each role.
    let tokens: [Role: String]
    private let group: ServiceGroup

    /// Runs a test's body against a served host; afterwards the API has shut down and the host's machines are ended.
    static func run(
        routes: RouteTable = .all, limits: ConnectionLife.Limits = .init(), keepAliveInterval: Duration = .seconds(15),
        mostConnections: Int = APIServer.mostConnections, environment: HostEnvironment = HostEnvironment(),
        configure: @escaping (inout DaemonConfiguration) -> Void = { _ in },
        _ body: (APILab) async throws -> Void
    ) async throws {
        try await withHostLab(environment: environment, configure: configure) { lab in
            var configuration = DaemonConfiguration(
                root: lab.scratch.path,
                listen: .init(host: "127.0.0.1", port: 0)
            )
            configure(&configuration)
            let logger = Logger(label: "test") { _ in SwiftLogNoOpLogHandler() }
            let listeners = APIListeners(
                configuration: configuration, host: lab.services, fingerprint: "00", tls: nil, routes: routes,
                limits: limits, mostConnections: mostConnections,
                keepAliveInterval: keepAliveInterval, logger: logger, announce: { _ in }
            )
            let group = ServiceGroup(configuration: .init(services: listeners.services, logger: logger))
            try await withThrowingTaskGroup(of: Void.self) { tasks in
                tasks.addTask { try await group.run() }
                let port = try #require(UInt16(try await listeners.answering().split(separator: ":").last ?? ""))
                let served = APILab(
                    lab: lab, socket: lab.services.layout.socket, port: port, tokens: try await Self.makeTokens(lab),
                    group: group
                )
                let failure: (any Error)?
                do {
                    try await body(served)
                    failure = nil
                } catch { failure = error }
                await group.triggerGracefulShutdown()
                // The shutdown's own failure counts only when the test itself passed.
                let ended = await tasks.nextResult()
                if let failure { throw failure }
                try ended?.get()
            }
        }
    }

    private static func makeTokens(_ lab: HostLab) async throws -> [Role: String] {
        var tokens: [Role: String] = [:]
        for role in Role.allCases {
            let request = CreateTokenRequest(name: "test \(role.rawValue)", role: role)
            tokens[role] = try await lab.services.tokens.create(request, by: HostLab.principal).secret
        }
        return tokens
    }

    func shutDown() async { await group.triggerGracefulShutdown() }

    /// A connection of the daemon's own user.
    func local() throws -> RawConnection { try RawConnection(.unix(socket)) }
    /// A connection of anybody.
    func remote() throws -> RawConnection { try RawConnection(.loopback(port: port)) }

    func authorization(_ role: Role?) -> [String] {
        role.flatMap { tokens[$0] }.map { ["Authorization: Bearer \($0)"] } ?? []
    }

    /// One request on a connection of its own.
    func ask(
        _ method: String, _ path: String, headers: [String] = [], body: String? = nil,
        type: String? = "application/json"
    ) async throws -> RawAnswer {
        try await local().exchange(method, RouteTable.base + path, headers: headers, body: body, type: type)
    }

    /// Waits for the operation that an answer began, and gives its subject.
    @discardableResult
    func subject(of answer: RawAnswer) async throws -> String {
        guard answer.status == 202 else { throw try answer.problem().error }
        let operation = try WireJSON.decode(Operation.self, from: answer.body)
        return try await lab.success(of: operation).subject
    }
}

extension Problem {
    var error: MartletError { MartletError(.init(wire: code), detail, details: details) }
}
