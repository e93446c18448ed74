package import MartletModel

/// Where a host's API is, and how to be let in.
package enum HostAddress: Hashable, Sendable {
    /// The socket in a host's root folder on this machine; the host asks the kernel who we are.
    case root(String)
    /// Another machine, over HTTPS.
    case remote(Remote)

    package struct Remote: Hashable, Sendable {
        /// Such as `https://host:7443`, without a path.
        package var url: String
        package var fingerprint: CertificateFingerprint
        /// What `Authorization: Bearer` carries; nil for what anyone may ask.
        package var token: String?
        /// The name of the context that it is from, for messages; nil for an address that was given.
        package var context: String?

        /// - Throws: `invalidArgument` for what isn't an `https` address of a host alone, and for a token that can't be one.
        package init(
            url: String, fingerprint: CertificateFingerprint, token: String?, context: String? = nil
        ) throws(MartletError) {
            self.context = context
            self.url = try Self.checked(url)
            self.fingerprint = fingerprint
            self.token = try token.map(Self.checkedToken)
        }

        private static func checked(_ url: String) throws(MartletError) -> String {
            var trimmed = url[...]
            while trimmed.hasSuffix("/") { trimmed.removeLast() }
            let host = trimmed.dropFirst("https://".count)
            let isAddress = !host.isEmpty && !host.contains { "/?#@ ".contains($0) }
            guard isAddress, trimmed.lowercased().hasPrefix("https://") else {
                throw MartletError(
                    .invalidArgument,
                    "'\(url)' is not the address of a host; give one like https://192.0.2.1:7443, as `martlet host show` has"
                )
            }
            return String(trimmed)
        }

        /// The token isn't repeated in the message: it is a secret.
        private static func checkedToken(_ token: String) throws(MartletError) -> String {
            if !token.isEmpty, token.utf8.allSatisfy({ (0x21...0x7E).contains($0) }) { return token }
            throw MartletError(
                .invalidArgument,
                "what was given as a token isn't one; its file must hold the token alone"
            )
        }
    }

    /// The socket of the host whose state is in `root`.
    package static func socketPath(root: String) -> String { "\(root)/run/api.sock" }
}

extension HostAddress: CustomStringConvertible {
    /// For messages: the socket's path or the address.
    package var description: String {
        switch self {
        case .root(let root): Self.socketPath(root: root)
        case .remote(let remote): remote.url
        }
    }
}
