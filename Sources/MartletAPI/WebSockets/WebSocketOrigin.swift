import HTTPTypes
import HummingbirdCore
import MartletModel

/// From which pages a web socket may be opened: our own.
///
/// Browsers let any page open a web socket to anywhere, and say in `Origin` whose page it is; other programs send none.
enum WebSocketOrigin {
    /// - Throws: `forbidden` for a page of another host's.
    static func check(_ request: Request) throws(MartletError) {
        guard let origin = request.headers[.origin] else { return }
        guard isOwn(origin, host: request.head.authority ?? "") else {
            throw MartletError(
                .forbidden,
                "a page of '\(origin.prefix(200))' may not open a web socket here; use one that this host serves",
                details: [.init("origin", String(origin.prefix(200)))])
        }
    }

    /// Whether an origin has the host and the port that the request names. Both leave out the port that is the scheme's own.
    static func isOwn(_ origin: String, host: String) -> Bool {
        for scheme in ["https://", "http://"] where origin.lowercased().hasPrefix(scheme) {
            return !host.isEmpty && origin.lowercased().dropFirst(scheme.count) == host.lowercased()
        }
        return false
    }
}
