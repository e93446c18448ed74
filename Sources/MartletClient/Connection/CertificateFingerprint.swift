import MartletLinux
package import MartletModel

/// The SHA-256 of a certificate (DER): what a client pins instead of asking authorities.
package struct CertificateFingerprint: Hashable, Sendable, CustomStringConvertible {
    private let digest: SHA256Digest

    /// Reads 64 hex digits in either case, with or without colons between.
    ///
    /// - Throws: `invalidArgument`.
    package init(_ text: String) throws(MartletError) {
        guard let digest = SHA256Digest(hex: text.filter { $0 != ":" && $0 != " " }) else {
            throw MartletError(
                .invalidArgument,
                "'\(text)' is not a certificate's fingerprint; give the 64 hex digits that `martlet host show` prints"
            )
        }
        self.digest = digest
    }

    /// What no certificate has: pinned, it lets nothing through.
    static let none = CertificateFingerprint(digest: SHA256Digest(of: []))

    private init(digest: SHA256Digest) { self.digest = digest }

    /// The fingerprint of this certificate.
    package init(ofDER bytes: [UInt8]) { digest = SHA256Digest(of: bytes) }

    /// 64 hex digits in lower case.
    package var description: String { digest.description }
}
