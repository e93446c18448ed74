/// The cookie that a session is known by.
///
/// `__Host-` makes browsers refuse it from anybody but this host, over HTTPS and for all of its paths (RFC 6265bis, 4.1.3.2).
enum Cookie {
    static let name = "__Host-martlet"
    private static let attributes = "Path=/; Secure; HttpOnly; SameSite=Strict"

    static func setting(_ id: String) -> String { "\(name)=\(id); \(attributes)" }
    static let clearing = "\(name)=; \(attributes); Max-Age=0"

    /// The session's id in a `Cookie` header; nil for none, or for anything that can't be one.
    static func id(in header: String?) -> String? {
        guard let header else { return nil }
        for part in header.split(separator: ";") {
            let pair = part.drop { $0 == " " }
            guard pair.hasPrefix("\(name)=") else { continue }
            let id = String(pair.dropFirst(name.count + 1))
            return id.utf8.count == ConsoleSessions.idLength ? id : nil
        }
        return nil
    }
}
