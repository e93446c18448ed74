package import HTTPTypes

/// All routes, and which of them a request means.
package struct RouteTable: Sendable {
    /// Before every route's path.
    package static let base = "/api/v1"

    /// What a method and a path mean.
    package enum Match: Sendable {
        case route(RouteDefinition, path: [String: String])
        /// The path exists, for these methods.
        case otherMethods([HTTPRequest.Method])
        case none
    }

    /// A route with its path cut up.
    private struct Entry: Sendable {
        enum Segment: Sendable {
            case fixed(String)
            case parameter(String)
        }

        var route: RouteDefinition
        var segments: [Segment]

        init(_ route: RouteDefinition) {
            self.route = route
            segments = (RouteTable.base + route.path).split(separator: "/").map { segment in
                guard segment.hasPrefix("{"), segment.hasSuffix("}") else { return .fixed(String(segment)) }
                return .parameter(String(segment.dropFirst().dropLast()))
            }
        }

        /// The path's parameters; nil when it is another path.
        func match(_ path: [String]) -> [String: String]? {
            guard path.count == segments.count else { return nil }
            var parameters: [String: String] = [:]
            for (segment, text) in zip(segments, path) {
                switch segment {
                case .fixed(let fixed): if fixed != text { return nil }
                case .parameter(let name):
                    if text.isEmpty { return nil }
                    parameters[name] = text
                }
            }
            return parameters
        }
    }

    /// Whether a request's target is the API's, whatever is there.
    static func owns(_ target: String) -> Bool {
        let path = target.prefix { $0 != "?" && $0 != "#" }
        return path == "/api" || path.hasPrefix("/api/") || path == "/metrics" || !path.hasPrefix("/")
    }

    private let entries: [Entry]

    package init(_ routes: [RouteDefinition]) { entries = routes.map(Entry.init) }

    package var routes: [RouteDefinition] { entries.map(\.route) }

    /// HEAD is answered wherever GET has an answer with an end.
    package func match(_ method: HTTPRequest.Method, _ path: [String]) -> Match {
        // Where Prometheus asks unless it is told otherwise.
        let path = path == ["metrics"] ? Self.base.split(separator: "/").map(String.init) + path : path
        var methods: [HTTPRequest.Method] = []
        for entry in entries {
            guard let parameters = entry.match(path) else { continue }
            let allowed = Self.methods(of: entry.route)
            if allowed.contains(method) { return .route(entry.route, path: parameters) }
            methods += allowed
        }
        return methods.isEmpty ? .none : .otherMethods(methods)
    }

    private static func methods(of route: RouteDefinition) -> [HTTPRequest.Method] {
        let hasHead = route.method == .get && route.success.content?.isStream != true
        return hasHead ? [.get, .head] : [route.method]
    }
}
