import HTTPTypes
import HummingbirdCore
import NIOCore

/// What the console answers, before the headers that every answer has are put to it.
struct ConsoleReply: Sendable {
    enum Body: Sendable {
        case none
        case bytes(ByteBuffer, mediaType: String)
        /// Bytes as they come, until the closure returns or the browser goes.
        case stream(@Sendable (_ write: Write) async throws -> Void, mediaType: String)
    }

    typealias Write = @concurrent (ByteBuffer) async throws -> Void

    var status: HTTPResponse.Status = .ok
    var headers: HTTPFields = [:]
    var body: Body = .none

    static func page(_ html: HTML, status: HTTPResponse.Status = .ok) -> ConsoleReply {
        ConsoleReply(
            status: status, body: .bytes(HTMLWriter.document(html), mediaType: "text/html; charset=utf-8"))
    }

    static func fragment(_ html: HTML) -> ConsoleReply {
        ConsoleReply(body: .bytes(HTMLWriter.fragment(html), mediaType: "text/html; charset=utf-8"))
    }

    /// To another page, to be asked for by GET.
    static func redirect(to address: PageAddress) -> ConsoleReply {
        ConsoleReply(status: .seeOther, headers: [.location: address.text])
    }

    /// Hummingbird's response, with the headers that keep a page to itself.
    func response(to request: Request) -> Response {
        var headers = headers
        SecurityHeaders.add(to: &headers)
        if headers[.cacheControl] == nil { headers[.cacheControl] = "no-store" }
        switch body {
        case .none:
            if status != .notModified { headers[.contentLength] = "0" }
            return Response(status: status, headers: headers)
        case .bytes(let buffer, let mediaType):
            headers[.contentType] = mediaType
            headers[.contentLength] = "\(buffer.readableBytes)"
            let isHead = request.method == .head
            return Response(
                status: status, headers: headers, body: isHead ? ResponseBody() : ResponseBody(byteBuffer: buffer))
        case .stream(let produce, let mediaType):
            headers[.contentType] = mediaType
            let requestBody = request.body
            return Response(
                status: status, headers: headers,
                body: ResponseBody { writer in
                    try await requestBody.consumeWithCancellationOnInboundClose { _ in
                        try await produce { try await writer.write($0) }
                    }
                    try await writer.finish(nil)
                })
        }
    }
}
