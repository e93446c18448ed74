import HTTPTypes
import HummingbirdCore
import MartletModel
import NIOCore

/// A request for a page or from one, read.
struct ConsoleRequest: Sendable {
    /// The largest form, in bytes.
    static let longestForm = 64 << 10

    var method: HTTPRequest.Method
    var path: [String]
    var query: Fields
    /// What a form sent; empty for any other request.
    var form: Fields
    var headers: HTTPFields
    /// `host:port`, as the browser wrote it.
    var authority: String
    /// The target as it came.
    var target: String
    /// Who asks.
    var address: String

    /// Names with values, in order; a name may come several times.
    struct Fields: Sendable {
        var pairs: [RequestTarget.Pair] = []

        /// The first value of a name, without spaces at its ends; nil when it is missing or empty.
        subscript(_ name: String) -> String? {
            guard let value = raw(name) else { return nil }
            let trimmed = value.drop(while: \.isWhitespace)
            guard let last = trimmed.lastIndex(where: { !$0.isWhitespace }) else { return nil }
            return String(trimmed[...last])
        }

        /// The first value of a name, as it came.
        func raw(_ name: String) -> String? { pairs.first { $0.name == name }?.value }
        func all(_ name: String) -> [String] { pairs.filter { $0.name == name }.map(\.value) }
        func has(_ name: String) -> Bool { pairs.contains { $0.name == name } }
    }

    /// - Throws: `invalidArgument` for a target or a form that can't be read; `tooLarge`; `unsupported` for a body that is no form; NIO's
    ///   errors when the connection fails.
    static func read(_ request: Request, from address: String) async throws -> ConsoleRequest {
        let text = request.head.path ?? ""
        let target = try RequestTarget(text)
        var form = Fields()
        if request.method == .post {
            let type = (request.headers[.contentType] ?? "").prefix { $0 != ";" }.lowercased()
            guard type == "application/x-www-form-urlencoded" else {
                throw MartletError(.unsupported, "the body is no form; send it from a page of the console")
            }
            let buffer: ByteBuffer
            do { buffer = try await request.body.collect(upTo: longestForm) } catch is NIOTooManyBytesError {
                throw MartletError(.tooLarge, "the form is larger than \(longestForm) bytes; send less")
            }
            // A form's body is written as a query is.
            form.pairs = try RequestTarget("/?" + String(buffer: buffer)).query
        }
        return ConsoleRequest(
            method: request.method, path: target.segments, query: Fields(pairs: target.query), form: form,
            headers: request.headers, authority: request.head.authority ?? "", target: text, address: address)
    }

    /// The part of the page that is asked for, by its id; nil for the whole page.
    var fragment: String? { headers[Self.fragmentHeader].flatMap { $0.utf8.count <= 100 ? $0 : nil } }
    /// Whether a script asks, which follows no redirection and reads what is said.
    var isFromScript: Bool { headers[Self.scriptHeader] != nil }

    static let fragmentHeader = HTTPField.Name("Martlet-Fragment") ?? .server
    static let scriptHeader = HTTPField.Name("Martlet-Script") ?? .server
    private static let fetchSite = HTTPField.Name("Sec-Fetch-Site") ?? .server

    /// Whether a link elsewhere led here. The browser keeps a strict cookie back then.
    var isFromElsewhere: Bool { headers[Self.fetchSite] == "cross-site" }

    /// Whether a page of this host's may have sent it, by what browsers say of themselves.
    ///
    /// `Origin` is sent with every `POST` of a browser; what has none isn't one.
    var isOfOwnOrigin: Bool {
        guard let origin = headers[.origin] else { return false }
        return !authority.isEmpty && origin == "https://\(authority)"
    }
}
