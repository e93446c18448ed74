package import HTTPTypes
package import MartletModel
package import NIOCore

/// What a handler answers, before it is written.
package struct Reply: Sendable {
    /// Passes bytes on to the client; waits while the client is slow.
    package typealias Write = @concurrent (ByteBuffer) async throws -> Void

    /// What is sent behind the head.
    package enum Body: Sendable {
        case none
        /// Pieces that make one body together, so that what is kept encoded need not be copied.
        case pieces([ByteBuffer], mediaType: String)
        /// Bytes as they come, until the closure returns or the client goes.
        case stream(@Sendable (_ write: Write) async throws -> Void, mediaType: String)
        /// The connection becomes a web socket. For a route that says so alone, whose requests were looked at.
        case webSocket(WebSocket.Serve)
    }

    package var status: HTTPResponse.Status
    package var headers: HTTPFields
    package var body: Body
    /// What was begun.
    package var operation: Operation?

    package init(_ status: HTTPResponse.Status = .ok, headers: HTTPFields = [:], body: Body = .none) {
        self.status = status
        self.headers = headers
        self.body = body
    }
}

extension Reply {
    package static let noContent = Reply(.noContent)

    package static func webSocket(_ serve: @escaping WebSocket.Serve) -> Reply {
        Reply(.switchingProtocols, body: .webSocket(serve))
    }

    /// A value as JSON.
    ///
    /// - Throws: `internal` when it can't be encoded.
    package static func json(
        _ value: some Encodable & Sendable,
        _ status: HTTPResponse.Status = .ok,
        headers: HTTPFields = [:]
    ) throws(MartletError) -> Reply {
        Reply(status, headers: headers, body: .pieces([try WireJSON.encode(value)], mediaType: "application/json"))
    }

    /// An operation that was begun, with where to follow it.
    ///
    /// - Throws: as `json`.
    package static func accepted(_ operation: Operation) throws(MartletError) -> Reply {
        var reply = try json(
            operation, .accepted, headers: [.location: "\(RouteTable.base)/operations/\(operation.id)"])
        reply.operation = operation
        return reply
    }

    /// A machine with its entity tag.
    package static func machine(_ machine: VirtualMachine, encoded: ByteBuffer) -> Reply {
        let headers: HTTPFields = [.eTag: EntityTag.text(machine)]
        return Reply(headers: headers, body: .pieces([encoded], mediaType: "application/json"))
    }

    /// A failure as problem details.
    package static func problem(_ error: MartletError, requestID: String, status: HTTPResponse.Status? = nil) -> Reply {
        let problem = Problem(error, requestID: requestID, status: status)
        let body = (try? WireJSON.encode(problem)) ?? ByteBuffer()
        var reply = Reply(
            HTTPResponse.Status(code: problem.status),
            body: .pieces([body], mediaType: "application/problem+json")
        )
        if error.code == .unauthenticated { reply.headers[.wwwAuthenticate] = "Bearer realm=\"martlet\"" }
        return reply
    }
}
