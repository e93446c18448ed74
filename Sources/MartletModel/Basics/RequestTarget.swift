/// What a request's first line asks for: the decoded segments of the path, and the query.
package struct RequestTarget: Hashable, Sendable {
    /// Without the slashes; a trailing slash leaves an empty one at the end.
    package var segments: [String]
    /// In the order of the request.
    package var query: [Pair]

    /// A parameter of the query, decoded.
    package struct Pair: Hashable, Sendable {
        package var name: String
        package var value: String
    }

    /// Reads `/path?query`; an absolute URL's scheme and host are passed over, a fragment is dropped.
    ///
    /// - Throws: `invalidArgument` when it isn't a path or its percent-encoding is malformed.
    package init(_ text: String) throws(MartletError) {
        let origin = Self.originForm(text)
        guard origin.hasPrefix("/") else {
            throw MartletError(.invalidArgument, "'\(text.prefix(60))' is not a path; begin with '/'")
        }
        let whole = origin.prefix { $0 != "#" }
        let path = whole.prefix { $0 != "?" }
        segments = []
        for raw in path.dropFirst().split(separator: "/", omittingEmptySubsequences: false) {
            segments.append(try Self.decode(raw, plusIsSpace: false))
        }
        query = []
        for raw in whole.dropFirst(path.count + 1).split(separator: "&") {
            let name = raw.prefix { $0 != "=" }
            let value = raw.dropFirst(name.count + 1)
            query.append(
                Pair(name: try Self.decode(name, plusIsSpace: true), value: try Self.decode(value, plusIsSpace: true)))
        }
    }

    private static func originForm(_ text: String) -> Substring {
        for scheme in ["http://", "https://"] where text.lowercased().hasPrefix(scheme) {
            let path = text.dropFirst(scheme.count).drop { $0 != "/" && $0 != "?" }
            return path.hasPrefix("/") ? path : "/" + path
        }
        return text[...]
    }

    private static func decode(_ text: Substring, plusIsSpace: Bool) throws(MartletError) -> String {
        if let decoded = PercentEncoding.decode(text, plusIsSpace: plusIsSpace) { return decoded }
        throw MartletError(.invalidArgument, "'\(text.prefix(60))' is not percent-encoded UTF-8; write '%' as '%25'")
    }
}
