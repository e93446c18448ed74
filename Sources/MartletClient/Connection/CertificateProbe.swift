import MartletModel

/// Looks at the certificate that a host shows, and sends it nothing.
package enum CertificateProbe {
    /// The fingerprint of what answers at an address now; whoever trusts it has to be told it by another way.
    ///
    /// - Throws: `invalidArgument` for what isn't an address; `unavailable`, `timedOut`.
    package static func fingerprint(
        of url: String, limits: ClientLimits = ClientLimits()
    ) async throws -> CertificateFingerprint {
        let address = HostAddress.remote(try HostAddress.Remote(url: url, fingerprint: .none, token: nil))
        do {
            _ = try await HostClient.with(address, limits: limits) { try await $0.getDocument() }
        } catch let error as OtherCertificate {
            return error.shown
        }
        throw MartletError(.unknown, "\(url) shows a certificate that can't be")
    }
}
