import HTTPTypes
import MartletModel

/// A page, or what a page sends to.
struct ConsoleRoute: Sendable {
    typealias Answer = @concurrent @Sendable (Visit) async throws -> ConsoleReply

    var method: HTTPRequest.Method
    /// `{name}` stands for any segment.
    var pattern: [String]
    var answer: Answer

    static func get(_ pattern: String, _ answer: @escaping Answer) -> ConsoleRoute {
        ConsoleRoute(method: .get, pattern: segments(pattern), answer: answer)
    }

    static func post(_ pattern: String, _ answer: @escaping Answer) -> ConsoleRoute {
        ConsoleRoute(method: .post, pattern: segments(pattern), answer: answer)
    }

    private static func segments(_ pattern: String) -> [String] {
        pattern.split(separator: "/", omittingEmptySubsequences: false).dropFirst().map(String.init)
    }

    /// What the path names; nil when it is another path.
    func match(_ path: [String]) -> [String: String]? {
        guard path.count == pattern.count else { return nil }
        var found: [String: String] = [:]
        for (wanted, given) in zip(pattern, path) {
            if wanted.hasPrefix("{") {
                if given.isEmpty { return nil }
                found[String(wanted.dropFirst().dropLast())] = given
            } else if wanted != given {
                return nil
            }
        }
        return found
    }
}

/// All pages. Of two that fit the first counts.
struct ConsoleRoutes: Sendable {
    var routes: [ConsoleRoute]

    /// - Throws: `notFound`; `methodNotAllowed`.
    func find(_ request: ConsoleRequest) throws(MartletError) -> (ConsoleRoute, [String: String]) {
        let method = request.method == .head ? .get : request.method
        var isThere = false
        for route in routes {
            guard let parameters = route.match(request.path) else { continue }
            if route.method == method { return (route, parameters) }
            isThere = true
        }
        let path = "/" + request.path.joined(separator: "/").prefix(100)
        if isThere {
            throw MartletError(.methodNotAllowed, "'\(path)' can't be used by \(request.method.rawValue.prefix(20))")
        }
        throw MartletError(.notFound, "there is no page '\(path)'; begin at the machines")
    }
}
