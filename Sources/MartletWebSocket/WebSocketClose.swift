package import MartletModel

/// Why a web socket was closed: a code and a short reason.
package struct WebSocketClose: Hashable, Sendable {
    package var code: UInt16
    /// At most 123 bytes travel; a longer one is cut at a character.
    package var reason: String

    package init(_ code: UInt16, _ reason: String = "") {
        self.code = code
        self.reason = reason
    }

    /// All was said.
    package static let normal = WebSocketClose(1000)
    /// One side goes away, or was lost.
    package static let goingAway = WebSocketClose(1001)
    /// No code was sent. This one never travels.
    package static let withoutCode = WebSocketClose(1005)
    /// The connection ended without a word. This one never travels.
    package static let abnormal = WebSocketClose(1006)

    /// What a control frame holds besides the code, in bytes (RFC 6455, 5.5).
    static let longestReason = 123

    /// The reason as it travels.
    var shortReason: String {
        var short = reason
        while short.utf8.count > Self.longestReason { short.removeLast() }
        return short
    }

    /// Whether a peer may say it (RFC 6455, 7.4).
    var mayTravel: Bool {
        switch code {
        case 1000...1003, 1007...1014, 3000...4999: true
        default: false
        }
    }
}

extension WebSocketClose {
    /// A failure: 4000 and its HTTP status, with its code and message as the reason.
    package init(_ error: MartletError, status: Int) {
        self.init(UInt16(clamping: 4000 + status), "\(error.code): \(error)")
    }

    /// The failure that it carries; nil when all went well.
    package var error: MartletError? {
        switch code {
        case 1000: nil
        case 4000...4999:
            Self.parts(reason).map { MartletError($0.code, $0.message) }
                ?? MartletError(.unknown, "closed with \(code)")
        case 1001: MartletError(.unavailable, "the other side went away")
        case 1006: MartletError(.unavailable, "the connection ended without a word")
        case 1009: MartletError(.tooLarge, "a message was too large for the other side")
        default: MartletError(.unknown, "closed with \(code)" + (reason.isEmpty ? "" : ": \(reason)"))
        }
    }

    private static func parts(_ reason: String) -> (code: MartletError.Code, message: String)? {
        let parts = reason.split(separator: ":", maxSplits: 1)
        guard parts.count == 2 else { return nil }
        return (MartletError.Code(wire: String(parts[0])), String(parts[1].drop { $0 == " " }))
    }
}
