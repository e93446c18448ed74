/// An address and a port that a server listens at.
package struct ListenAddress: Sendable, Hashable, CustomStringConvertible {
    /// A name or an address, IPv6 without brackets.
    package var host: String
    package var port: Int

    package init(host: String, port: Int) {
        self.host = host
        self.port = port
    }

    /// Reads `HOST:PORT`, with brackets around an IPv6 address.
    ///
    /// - Throws: `invalidArgument`.
    package init(_ text: String) throws(MartletError) {
        guard let colon = text.lastIndex(of: ":"), let port = Self.port(text[text.index(after: colon)...]),
            let host = Self.host(text[..<colon])
        else {
            throw MartletError(
                .invalidArgument, "'\(text)' is not HOST:PORT; give for example 0.0.0.0:7443 or [::]:7443")
        }
        self.init(host: host, port: port)
    }

    package var description: String { host.contains(":") ? "[\(host)]:\(port)" : "\(host):\(port)" }

    private static func port(_ text: Substring) -> Int? {
        guard !text.isEmpty, text.utf8.allSatisfy({ (48...57).contains($0) }), let port = Int(text) else { return nil }
        return (0...65_535).contains(port) ? port : nil
    }

    private static func host(_ text: Substring) -> String? {
        let isBracketed = text.hasPrefix("[") && text.hasSuffix("]") && text.count > 2
        let bare = isBracketed ? text.dropFirst().dropLast() : text
        guard !bare.isEmpty, bare.contains(":") == isBracketed else { return nil }
        let isFit = bare.utf8.allSatisfy { byte in byte > 32 && byte < 127 && byte != 91 && byte != 93 }
        return isFit ? String(bare) : nil
    }
}
