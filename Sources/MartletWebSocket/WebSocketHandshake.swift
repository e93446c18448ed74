import CLibCrypto
import FoundationEssentials

/// The headers by which a request becomes a web socket (RFC 6455, 4).
package enum WebSocketHandshake {
    package static let version = "13"
    /// The one subprotocol that can be agreed on: messages are bytes.
    package static let binary = "binary"
    /// "The WebSocket Protocol" has this number for it in section 1.3.
    private static let magic = "258EAFA5-E914-47DA-95CA-C5AB0DC85B11"
    private static let keyLength = 16

    /// A key for a request.
    package static func makeKey() -> String {
        Data((0..<keyLength).map { _ in UInt8.random(in: .min ... .max) }).base64EncodedString()
    }

    /// Whether a key is one: 16 bytes in base64.
    package static func isKey(_ key: String) -> Bool { Data(base64Encoded: key)?.count == keyLength }

    /// What the answer to a key has in `Sec-WebSocket-Accept`.
    package static func accept(_ key: String) -> String {
        let text = Array((key + magic).utf8)
        var digest = [UInt8](repeating: 0, count: 20)
        let succeeded = EVP_Digest(text, text.count, &digest, nil, EVP_sha1(), nil)
        // It fails only without memory or without a provider of SHA-1, which the protocol can't do without.
        precondition(succeeded == 1, "libcrypto has no SHA-1")
        return Data(digest).base64EncodedString()
    }

    /// Whether a header's list of tokens, such as `keep-alive, Upgrade`, has one, in any case.
    package static func names(_ token: String, in header: String?) -> Bool {
        (header ?? "").split(separator: ",").contains {
            String($0).split(separator: " ").joined().lowercased() == token
        }
    }
}
