import FoundationEssentials
package import MartletModel

/// What the fake host does about a request.
package enum FakeAnswer: Sendable {
    /// A whole answer.
    case whole(status: Int, headers: [(String, String)], body: [UInt8])
    /// A chunked answer with these pieces as they come; `closes` cuts the connection instead of ending the answer.
    case stream(type: String, AsyncStream<[UInt8]>, closes: Bool)
    /// These bytes instead of HTTP, then the end of the connection if it `closes`.
    case raw([UInt8], closes: Bool = true)
    /// A program in a guest, by a web socket: what it is told, then what it does about it.
    case program(@Sendable (FakeProgram) async throws -> Void)
    /// Nothing, ever.
    case silence

    package static func json(
        _ value: some Encodable, status: Int = 200, headers: [(String, String)] = []
    ) throws -> FakeAnswer {
        .whole(
            status: status,
            headers: [("Content-Type", "application/json")] + headers,
            body: Array(try JSONEncoder().encode(value))
        )
    }

    package static func problem(
        _ status: Int,
        _ code: String,
        _ detail: String,
        details: [MartletError.Detail] = []
    ) throws -> FakeAnswer {
        let problem = Problem(
            type: "about:blank", title: code, status: status, detail: detail, code: code, details: details,
            requestID: "r-1"
        )
        return .whole(
            status: status,
            headers: [("Content-Type", "application/problem+json")],
            body: Array(try JSONEncoder().encode(problem))
        )
    }

    package static var noContent: FakeAnswer { .whole(status: 204, headers: [], body: []) }

    /// A chunked answer of pieces that are there already.
    package static func pieces(_ type: String, _ pieces: [String], closes: Bool = false) -> FakeAnswer {
        .stream(
            type: type,
            AsyncStream { continuation in
                for piece in pieces { continuation.yield(Array(piece.utf8)) }
                continuation.finish()
            },
            closes: closes
        )
    }
}
