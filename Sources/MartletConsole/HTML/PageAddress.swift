import MartletModel

/// A place on this host: always a path from its root, percent-encoded, so that no text from elsewhere can make it a link to elsewhere.
struct PageAddress: Hashable, Sendable {
    /// Such as `/hosts/this/machines/web%20server?sort=name`.
    let text: String

    /// - Parameter segments: of the path, as they are meant; each is encoded.
    init(_ segments: [String], query: [(String, String)] = []) {
        let path = "/" + segments.map(PercentEncoding.encode).joined(separator: "/")
        let pairs = query.map { "\(PercentEncoding.encode($0))=\(PercentEncoding.encode($1))" }
        text = pairs.isEmpty ? path : path + "?" + pairs.joined(separator: "&")
    }

    init(_ segments: String..., query: [(String, String)] = []) { self.init(segments, query: query) }

    /// One that came from a client; nil unless it is a path on this host.
    init?(checking text: String) {
        guard text.utf8.count <= 4_096, text.hasPrefix("/"), !text.hasPrefix("//"), !text.contains("\\"),
            text.unicodeScalars.allSatisfy({ (0x21...0x7E).contains($0.value) }),
            let target = try? RequestTarget(text)
        else { return nil }
        self.init(target.segments, query: target.query.map { ($0.name, $0.value) })
    }
}
