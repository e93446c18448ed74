import FoundationEssentials
import MartletModel

/// What a host answered, read whole.
struct APIAnswer: Sendable {
    var status: Int
    var etag: String?
    var body: [UInt8]

    /// - Throws: `unknown` for a body that isn't what it should be.
    func decode<Value: Decodable>(_ type: Value.Type = Value.self) throws -> Value {
        do {
            return try JSONDecoder().decode(type, from: Data(body))
        } catch {
            throw MartletError(
                .unknown,
                "the host's answer can't be read; look whether martlet and martletd are of versions that fit together",
                details: [.init("expected", "\(type)"), .init("reason", Self.reason(error))]
            )
        }
    }

    /// - Throws: the error that the host answered with.
    func throwIfRefused(by address: HostAddress) throws {
        if (200..<300).contains(status) { return }
        guard let problem = try? JSONDecoder().decode(Problem.self, from: Data(body)) else {
            throw MartletError(Self.code(for: status), "\(address) answered with status \(status) and no reason")
        }
        throw MartletError(problem)
    }

    private static func reason(_ error: any Error) -> String {
        switch error as? DecodingError {
        case .keyNotFound(let key, let context): "'\(key.stringValue)' is missing\(place(context))"
        case .typeMismatch(_, let context), .valueNotFound(_, let context), .dataCorrupted(let context):
            "\(context.debugDescription)\(place(context))"
        default: "\(error)"
        }
    }

    private static func place(_ context: DecodingError.Context) -> String {
        let path = context.codingPath.map { $0.intValue.map { "[\($0)]" } ?? ".\($0.stringValue)" }.joined()
        return path.isEmpty ? "" : " in \(path)"
    }

    /// What a status means when something between us and the host answered in its place.
    private static func code(for status: Int) -> MartletError.Code {
        switch status {
        case 400: .invalidArgument
        case 401: .unauthenticated
        case 403: .forbidden
        case 404: .notFound
        case 405: .methodNotAllowed
        case 409: .conflict
        case 412: .preconditionFailed
        case 413: .tooLarge
        case 428: .preconditionRequired
        case 429: .tooMany
        case 408, 504: .timedOut
        case 502, 503: .unavailable
        default: .unknown
        }
    }
}

extension MartletError {
    /// A problem as it came over the wire; one that is the host's own fault carries the request's id, which its log has too.
    init(_ problem: Problem) {
        let trace = problem.status >= 500 ? [Detail("requestID", problem.requestID)] : []
        self.init(Code(wire: problem.code), problem.detail, details: problem.details + trace)
    }
}

extension MartletError {
    /// When the host says to come again; nil when it doesn't.
    var retryAfter: Duration? {
        details.first { $0.name == "retryAfterInSeconds" }.flatMap { Int64($0.value) }.map { .seconds($0) }
    }
}
