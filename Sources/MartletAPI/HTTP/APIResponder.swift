import HTTPTypes
package import HummingbirdCore
package import Logging
import MartletHost
import MartletModel
package import NIOCore
import NIOHTTP1

/// Answers requests, whichever way they come: finds the route, lets in, calls, writes, and makes a problem of every failure.
package struct APIResponder: Sendable {
    private let routes: RouteTable
    private let surface: Surface
    private let authenticator: Authenticator
    private let auditor: Auditor
    private let pages: PageAnswer?
    private let logger: Logger

    /// - Parameter pages: answers what lies outside of the API, over HTTPS; nil for nothing there.
    package init(
        routes: RouteTable = .all, surface: Surface, authenticator: Authenticator, pages: PageAnswer? = nil,
        logger: Logger
    ) {
        self.routes = routes
        self.pages = pages
        self.surface = surface
        self.authenticator = authenticator
        auditor = Auditor(host: surface.host)
        self.logger = logger
    }

    /// Answers one request.
    ///
    /// - Throws: the HTTP decoder's and the connection's errors, which end the connection.
    @concurrent
    package func respond(
        to request: Request, from caller: Caller, on channel: any Channel, _ writer: consuming ResponseWriter
    ) async throws {
        let requestID = RequestID.make()
        let started = ContinuousClock.now
        var trace = RequestTrace()
        let caller = caller.speaker(request.headers)
        if let answer = try await page(request, caller, requestID: requestID) {
            surface.requests.answered(RequestCounters.page, status: answer.status.code)
            log(request, caller, answer.status, requestID: requestID, took: ContinuousClock.now - started)
            return try await writer.write(response: answer.head, body: answer.body)
        }
        let reply = try await reply(to: request, from: caller, requestID: requestID, &trace)
        surface.requests.answered(trace.route?.operationID ?? RequestCounters.noRoute, status: reply.status.code)
        await auditor.record(trace, reply, from: caller, requestID: requestID)
        log(request, caller, reply.status, requestID: requestID, took: ContinuousClock.now - started)
        let response = ResponseMaker(request: request, requestID: requestID, channel: channel).response(reply)
        try await writer.write(response: response.head, body: response.body)
    }

    /// What the pages answer; nil for a request that is the API's.
    private func page(_ request: Request, _ caller: Caller, requestID: String) async throws -> Response? {
        guard let pages, case .remote(let address) = caller, !RouteTable.owns(request.head.path ?? "") else {
            return nil
        }
        do throws(MartletError) { try authenticator.admit(caller) } catch { return nil }
        var answer = try await pages(request, address)
        ResponseMaker.addCommonHeaders(to: &answer.headers, requestID: requestID)
        return answer
    }

    private func reply(
        to request: Request, from caller: Caller, requestID: String, _ trace: inout RequestTrace
    ) async throws -> Reply {
        do {
            return try await answer(request, caller, requestID, &trace)
        } catch {
            let (reply, failure) = try refusal(error, requestID: requestID)
            trace.failure = failure
            return reply
        }
    }

    /// What a failure is answered with.
    ///
    /// - Throws: `error` when it ends the connection.
    private func refusal(_ error: any Error, requestID: String) throws -> (Reply, MartletError) {
        switch error {
        case let error as HTTPParserError:
            // Hummingbird ends the connection for these, and the guard says why.
            throw error
        case let error as UnsupportedMediaType:
            return (.problem(error.error, requestID: requestID, status: .unsupportedMediaType), error.error)
        case let error as UpgradeRequired:
            var reply = Reply.problem(error.error, requestID: requestID, status: error.status)
            reply.headers.append(contentsOf: UpgradeRequired.headers)
            return (reply, error.error)
        case let error as OtherMethods:
            var reply = Reply.problem(error.error, requestID: requestID)
            reply.headers[.allow] = error.allowed
            return (reply, error.error)
        case let error as MartletError: return (problem(error, requestID: requestID), error)
        case is CancellationError:
            let error = MartletError(.unavailable, "the host is shutting down; try again later")
            return (problem(error, requestID: requestID), error)
        default:
            let error = MartletError(.internal, "the request failed", cause: error)
            return (problem(error, requestID: requestID), error)
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
        _ request: Request, _ caller: Caller, _ requestID: String, _ trace: inout RequestTrace
    ) async throws -> Reply {
        try authenticator.admit(caller)
        let target = try RequestTarget(request.head.path ?? "")
        var (route, path) = try find(request.method, target)
        trace.note(route, path)
        if case .webSocket = route.success.content { try WebSocketOrigin.check(request) }
        let authorization = request.headers[.authorization]
        let principal =
            if let ticket = target.ticket(for: route) {
                try await letIn(caller, route, path, ticket: ticket, &trace)
            } else {
                try await letIn(caller, route, authorization, &trace)
            }
        path = try principal.require(route, path: path, surface.host)
        trace.noteMachine(path, surface.host)
        let parameters = try Parameters(route, path: path, query: target.query) { name in
            HTTPField.Name(name).flatMap { request.headers[$0] }
        }
        if case .webSocket = route.success.content { try UpgradeRequired.check(request.headers) }
        let body: [UInt8]? = if let wanted = route.body { try await request.read(wanted) } else { nil }
        let call = Call(
            surface: surface, principal: principal, caller: caller, bearer: Authenticator.bearer(authorization),
            parameters: parameters, body: body, audit: trace.detail, requestID: requestID
        )
        return try await route.handler(call)
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

    private func letIn(
        _ caller: Caller, _ route: RouteDefinition, _ authorization: String?, _ trace: inout RequestTrace
    ) async throws -> Principal {
        guard let role = route.role else { return Principal(name: "anybody", role: .viewer) }
        let principal = try await authenticator.principal(caller, authorization: authorization)
        trace.principal = principal
        try principal.require(role)
        return principal
    }

    private func letIn(
        _ caller: Caller, _ route: RouteDefinition, _ path: [String: String], ticket: (String, TicketPurpose),
        _ trace: inout RequestTrace
    ) async throws -> Principal {
        let machine = path[RouteParameter.vm.name].flatMap { try? surface.host.virtualMachines.find($0).id }
        let principal = try await authenticator.principal(caller, ticket: ticket.0, for: ticket.1, of: machine)
        trace.principal = principal
        trace.detail.note("by a ticket")
        if let role = route.role { try principal.require(role) }
        return principal
    }

    private func log(
        _ request: Request, _ caller: Caller, _ status: HTTPResponse.Status, requestID: String, took: Duration
    ) {
        let path = (request.head.path ?? "").prefix { $0 != "?" }.prefix(200)
        logger.debug(
            "answered a request",
            metadata: LogKey.metadata([
                .request: requestID, .method: request.method.rawValue, .path: String(path),
                .status: "\(status.code)",
                .caller: caller.description, .milliseconds: "\(took / .milliseconds(1))",
            ])
        )
        // Refusals past the limit are told at debug alone, or whoever guesses would fill the log.
        guard status == .unauthorized, request.headers[.authorization] != nil else { return }
        logger.notice(
            "refused to let somebody in",
            metadata: LogKey.metadata([.request: requestID, .caller: caller.description, .path: String(path)])
        )
    }
}

extension RequestTarget {
    /// The ticket that a request shows where one counts, and what it must be for.
    fileprivate func ticket(for route: RouteDefinition) -> (String, TicketPurpose)? {
        guard let purpose = route.ticket,
            let pair = query.first(where: { $0.name == RouteParameter.ticket.name })
        else { return nil }
        return (pair.value, purpose)
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
