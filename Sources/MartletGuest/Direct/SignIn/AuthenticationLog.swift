import CMartletGuest
import Glibc
import Logging

/// The guest's log of who signed in and who wasn't let in: syslog's `authpriv`, where sshd's and login's lines are too.
struct AuthenticationLog: Sendable {
    /// RFC 5424's numbers: the facility authpriv (10), eight levels each.
    private static let facility = 10 * 8
    private static let longest = 900

    enum Level: Int {
        case warning = 4
        case info = 6
    }

    let socket: String
    let logger: Logger

    func write(_ level: Level, _ text: String) {
        logger.log(level: level == .warning ? .warning : .info, "\(Self.plain(text))")
        var now = time(nil)
        var date = tm()
        localtime_r(&now, &date)
        var stamp = [CChar](repeating: 0, count: 32)
        let length = strftime(&stamp, stamp.count, "%b %e %H:%M:%S", &date)
        let shown = String(decoding: stamp.prefix(length).map { UInt8(bitPattern: $0) }, as: UTF8.self)
        let line = "<\(Self.facility + level.rawValue)>\(shown) martlet-guest[\(getpid())]: \(Self.plain(text))"
        let bytes = Array(line.utf8)
        // Without a log in the guest there is ours.
        _ = martlet_send_datagram(socket, bytes, bytes.count)
    }

    /// In one line and without signs that a terminal obeys, for parts of it come from whoever asked.
    static func plain(_ text: String) -> String {
        let signs = text.unicodeScalars.prefix(longest).map { scalar -> Character in
            scalar.value < 32 || (127..<160).contains(scalar.value) ? "?" : Character(scalar)
        }
        return String(signs)
    }
}
