package import HTTPTypes
package import MartletModel

/// A route: the router, the authorization and the OpenAPI document are all made from it.
package struct RouteDefinition: Sendable {
    package typealias Handler = @Sendable (Call) async throws -> Reply

    /// What a request carries.
    package struct Body: Sendable {
        package var content: Content
        package var isRequired: Bool
        /// In bytes.
        package var limit: Int
    }

    /// What an answer is made of.
    package enum Content: Sendable {
        case json(JSONSchema)
        case bytes
        case text(mediaType: String)
        case png
        case events
        /// Bytes without an end of their own.
        case byteStream
        /// The connection becomes a web socket, whose messages are as the summary says.
        case webSocket

        package var mediaType: String {
            switch self {
            case .json: "application/json"
            case .bytes, .byteStream, .webSocket: "application/octet-stream"
            case .text(let mediaType): mediaType
            case .png: "image/png"
            case .events: ServerSentEvents.mediaType
            }
        }

        /// Whether the answer goes on until somebody ends it.
        package var isStream: Bool {
            switch self {
            case .events, .byteStream, .webSocket: true
            case .json, .bytes, .png, .text: false
            }
        }
    }

    /// What stands in the audit log of it. Refusals stand there whatever it is.
    package enum Audit: Sendable {
        case none
        case each
        /// The first of many like it in a minute.
        case repeated
    }

    /// The answer of a call that did what was asked.
    package struct Success: Sendable {
        package var status: HTTPResponse.Status
        package var content: Content?
        /// Names of headers that come with it, each with what it says.
        package var headers: [(name: String, summary: String)]
        package var summary: String

        package init(
            status: HTTPResponse.Status, content: Content?, headers: [(name: String, summary: String)] = [],
            summary: String
        ) {
            self.status = status
            self.content = content
            self.headers = headers
            self.summary = summary
        }
    }

    package var method: HTTPRequest.Method
    /// Below `RouteTable.base`, such as `/vms/{vm}`.
    package var path: String
    package var operationID: String
    package var noun: String
    package var summary: String
    /// The least role that may; nil for anybody, signed in or not.
    package var role: Role?
    package var reach: RouteReach
    package var audit: Audit
    package var parameters: [RouteParameter]
    package var body: Body?
    package var success: Success
    /// What the call behind it fails with, beyond what follows from the route's shape.
    package var failures: [MartletError.Code]
    package var handler: Handler
    /// What a ticket must be for that counts here in the place of a token; nil where none does.
    package var ticket: TicketPurpose?
}

extension RouteDefinition {
    package static func get(
        _ path: String, _ operationID: String, _ summary: String, for role: Role?, reach: RouteReach? = nil,
        audit: Audit = .none, parameters: [RouteParameter] = [],
        answer: Success, failures: [MartletError.Code] = [], handler: @escaping Handler
    ) -> Self {
        Self(
            method: .get, path: path, operationID: operationID, noun: noun(path), summary: summary, role: role,
            reach: reach ?? usualReach(path), audit: audit, parameters: parameters, body: nil, success: answer,
            failures: failures, handler: handler
        )
    }

    package static func change(
        _ method: HTTPRequest.Method, _ path: String, _ operationID: String, _ summary: String, for role: Role?,
        reach: RouteReach? = nil, audit: Audit = .each, parameters: [RouteParameter] = [], body: Body? = nil,
        answer: Success, failures: [MartletError.Code] = [],
        handler: @escaping Handler
    ) -> Self {
        Self(
            method: method, path: path, operationID: operationID, noun: noun(path), summary: summary, role: role,
            reach: reach ?? usualReach(path), audit: audit, parameters: parameters, body: body, success: answer,
            failures: failures, handler: handler
        )
    }

    /// The same route, for whoever shows a ticket, too.
    package func admitting(_ purpose: TicketPurpose) -> Self {
        var route = self
        route.ticket = purpose
        route.parameters.append(.ticket)
        return route
    }

    /// What a path says that names a machine or doesn't.
    private static func usualReach(_ path: String) -> RouteReach {
        path.contains("{\(RouteParameter.vm.name)}") ? .machine : .host
    }

    private static func noun(_ path: String) -> String {
        path.split(separator: "/").first.map(String.init) ?? ""
    }

    /// The codes of all failures that it can answer with, in the order of their statuses.
    package var allFailures: [MartletError.Code] {
        var codes: [MartletError.Code] = failures + [.invalidArgument, .tooMany, .internal, .unavailable]
        if role != nil { codes += [.unauthenticated, .forbidden] }
        if parameters.contains(where: { $0.location == .path }) { codes.append(.notFound) }
        if body != nil { codes.append(.tooLarge) }
        return codes
    }

    /// The statuses of all its failures, rising.
    package var failureStatuses: [Int] {
        var statuses = Set(allFailures.map { ProblemTable.status($0).code })
        // A body that takes too long, and one of another media type.
        if body != nil { statuses.formUnion([408, 415]) }
        if case .webSocket = success.content { statuses.formUnion([400, 426]) }
        // A head that is too large.
        statuses.insert(431)
        return statuses.sorted()
    }
}

extension RouteDefinition.Body {
    /// In bytes; more is refused with 413.
    package static let greatestJSON = 1 << 20

    package static func json(_ name: String) -> Self {
        Self(content: .json(.named(name)), isRequired: true, limit: greatestJSON)
    }
    package static func optionalJSON(_ name: String) -> Self {
        Self(content: .json(.named(name)), isRequired: false, limit: greatestJSON)
    }
    package static func bytes(limit: Int) -> Self { Self(content: .bytes, isRequired: true, limit: limit) }
}

extension RouteDefinition.Success {
    package static func json(_ name: String, _ summary: String) -> Self {
        Self(status: .ok, content: .json(.named(name)), summary: summary)
    }
    package static func page(of name: String) -> Self {
        Self(status: .ok, content: .json(.named("PageOf\(name)")), summary: "One page of the list.")
    }
    package static func machine(_ summary: String) -> Self {
        let tag = (name: "ETag", summary: "The revision of the machine's configuration, for If-Match.")
        return Self(status: .ok, content: .json(.named("VirtualMachine")), headers: [tag], summary: summary)
    }
    package static let accepted = Self(
        status: .accepted,
        content: .json(.named("Operation")),
        headers: [(name: "Location", summary: "Where to follow the operation.")],
        summary: "The operation that was begun."
    )
}
