import HTTPTypes
import HummingbirdCore
import NIOCore

/// Makes Hummingbird's response of a reply: the headers that every answer has, and its body.
struct ResponseMaker {
    var request: Request
    var requestID: String
    /// That the request came by.
    var channel: any Channel

    func response(_ reply: Reply) -> Response {
        var headers = reply.headers
        Self.addCommonHeaders(to: &headers, requestID: requestID)
        if headers[.cacheControl] == nil { headers[.cacheControl] = "no-store" }
        switch reply.body {
        case .none:
            // 204 has no length (RFC 9110, 8.6).
            if reply.status != .noContent { headers[.contentLength] = "0" }
            return Response(status: reply.status, headers: headers)
        case .pieces(let pieces, let mediaType):
            headers[.contentType] = mediaType
            headers[.contentLength] = "\(pieces.reduce(0) { $0 + $1.readableBytes })"
            return Response(status: reply.status, headers: headers, body: body(pieces))
        case .stream(let produce, let mediaType):
            headers[.contentType] = mediaType
            return Response(status: reply.status, headers: headers, body: body(produce))
        case .webSocket(let serve): return webSocket(headers, channel, serve)
        }
    }

    /// What every answer says, whoever made it.
    static func addCommonHeaders(to headers: inout HTTPFields, requestID: String) {
        headers[.date] = DateHeader.shared.text()
        headers[Self.requestIDHeader] = requestID
        headers[Self.noSniffing] = "nosniff"
    }

    private static let requestIDHeader = HTTPField.Name("X-Request-ID") ?? .server
    private static let noSniffing = HTTPField.Name("X-Content-Type-Options") ?? .server

    private func body(_ pieces: [ByteBuffer]) -> ResponseBody {
        if request.method == .head { return ResponseBody() }
        if let only = pieces.first, pieces.count == 1 { return ResponseBody(byteBuffer: only) }
        return ResponseBody { writer in
            // One by one, so that a client that is slow but reads is seen to.
            for piece in pieces { try await writer.write(piece) }
            try await writer.finish(nil)
        }
    }

    private func body(_ produce: @escaping @Sendable (Reply.Write) async throws -> Void) -> ResponseBody {
        let requestBody = request.body
        return ResponseBody { writer in
            try await requestBody.consumeWithCancellationOnInboundClose { _ in
                try await produce { try await writer.write($0) }
            }
            try await writer.finish(nil)
        }
    }
}
