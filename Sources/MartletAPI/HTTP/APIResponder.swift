import HTTPTypes
package import HummingbirdCore
package import Logging
import MartletHost
import MartletModel
import NIOCore
import NIOHTTP1

/// Answers requests, whichever way they come: finds the route, lets in, calls, writes, and makes a problem of every failure.
package struct APIResponder: Sendable {
    private let routes: RouteTable
    private let surface: Surface
    private let authenticator: Authenticator
    private let logger: Logger

    package init(routes: RouteTable = .all, surface: Surface, authenticator: Authenticator, logger: Logger) {
        self.routes = routes
        self.surface = surface
        self.authenticator = authenticator
        self.logger = logger
    }

    /// Answers one request.
    ///
    /// - Throws: the HTTP decoder's and the connection's errors, which end the connection.
    @concurrent
    package func respond(to request: Request, from caller: Caller, _ writer: consuming ResponseWriter) async throws {
        let requestID = RequestID.make()
        let started = ContinuousClock.now
        let (reply, route) = try await reply(to: request, from: caller, requestID: requestID)
        surface.requests.answered(route, status: reply.status.code)
        log(request, caller, reply, requestID: requestID, took: ContinuousClock.now - started)
        let response = ResponseMaker(request: request, requestID: requestID).response(reply)
        try await writer.write(response: response.head, body: response.body)
    }

    /// The answer, and the route that gave it.
    private func reply(
        to request: Request, from caller: Caller, requestID: String
    ) async throws -> (Reply, route: String) {
        var name = RequestCounters.noRoute
        do {
            let target = try RequestTarget(request.head.path ?? "")
            let (route, path) = try find(request.method, target)
            name = route.operationID
            return (try await answer(request, caller, route, path: path, query: target.query), name)
        } catch {
            return (try refusal(error, requestID: requestID), name)
        }
    }

    /// What a failure is answered with.
    ///
    /// - Throws: the HTTP decoder's errors: Hummingbird ends the connection for these, and the guard says why.
    private func refusal(_ error: any Error, requestID: String) throws -> Reply {
        switch error {
        case let error as HTTPParserError: throw error
        case let error as UnsupportedMediaType:
            return .problem(error.error, requestID: requestID, status: .unsupportedMediaType)
        case let error as OtherMethods:
            var reply = Reply.problem(error.error, requestID: requestID)
            reply.headers[.allow] = error.allowed
            return reply
        case let error as MartletError: return problem(error, requestID: requestID)
        case is CancellationError:
            return problem(
                MartletError(.unavailable, "the host is shutting down; try again later"), requestID: requestID)
        default: return problem(MartletError(.internal, "the request failed", cause: error), requestID: requestID)
        }
    }

    private func problem(_ error: MartletError, requestID: String) -> Reply {
        var reply = Reply.problem(error, requestID: requestID)
        if let seconds = error.details.first(where: { $0.name == "retryAfterInSeconds" }) {
            reply.headers[.retryAfter] = seconds.value
        }
        if reply.status.kind == .serverError {
            logger.error("a request failed", metadata: LogKey.metadata([.request: requestID, .error: "\(error)"]))
        }
        return reply
    }

    private func answer(
        _ request: Request, _ caller: Caller, _ route: RouteDefinition, path: [String: String],
        query: [RequestTarget.Pair]
    ) async throws -> Reply {
        let principal = try await letIn(caller, route, request)
        let parameters = try Parameters(route, path: path, query: query) { name in
            HTTPField.Name(name).flatMap { request.headers[$0] }
        }
        let body: [UInt8]? = if let wanted = route.body { try await request.read(wanted) } else { nil }
        return try await route.handler(
            Call(
                surface: surface, principal: principal, parameters: parameters, body: body,
                peerAddress: caller.peerAddress))
    }

    private func find(
        _ method: HTTPRequest.Method, _ target: RequestTarget
    ) throws -> (RouteDefinition, [String: String]) {
        switch routes.match(method, target.segments) {
        case .route(let route, let path): return (route, path)
        case .otherMethods(let methods): throw OtherMethods(method: method, methods: methods)
        case .none:
            let path = target.segments.joined(separator: "/").prefix(100)
            throw MartletError(.notFound, "there is nothing at '/\(path)'; see \(RouteTable.base)/openapi.json")
        }
    }

    private func letIn(_ caller: Caller, _ route: RouteDefinition, _ request: Request) async throws -> Principal {
        guard let role = route.role else { return Principal(name: "anybody", role: .viewer) }
        let principal = try await authenticator.principal(caller, authorization: request.headers[.authorization])
        try principal.require(role)
        return principal
    }

    private func log(_ request: Request, _ caller: Caller, _ reply: Reply, requestID: String, took: Duration) {
        let path = (request.head.path ?? "").prefix { $0 != "?" }.prefix(200)
        logger.debug(
            "answered a request",
            metadata: LogKey.metadata([
                .request: requestID, .method: request.method.rawValue, .path: String(path),
                .status: "\(reply.status.code)",
                .caller: caller.description, .milliseconds: "\(took / .milliseconds(1))",
            ])
        )
        // Refusals past the limit are told at debug alone, or whoever guesses would fill the log.
        guard reply.status == .unauthorized, request.headers[.authorization] != nil else { return }
        logger.notice(
            "refused to let somebody in",
            metadata: LogKey.metadata([.request: requestID, .caller: caller.description, .path: String(path)])
        )
    }
}

/// A path that exists for other methods.
struct OtherMethods: Error {
    var method: HTTPRequest.Method
    var methods: [HTTPRequest.Method]

    var allowed: String { methods.map(\.rawValue).joined(separator: ", ") }
    var error: MartletError {
        MartletError(.methodNotAllowed, "\(method.rawValue.prefix(20)) can't be used here; use \(allowed)")
    }
}
