import AsyncHTTPClient
import MartletModel
import NIOCore
import NIOHTTP1
import NIOSSL

extension HTTPClient.Configuration {
    /// One host, no redirects, no second try behind our back, and for a remote host the pinned certificate alone.
    ///
    /// `silence` is the longest time between two pieces of an answer; nil for no such limit.
    static func martlet(for address: HostAddress, limits: ClientLimits, silence: Duration?) -> Self {
        var configuration = Self(
            redirectConfiguration: .disallow,
            timeout: .init(connect: TimeAmount(limits.connect), read: silence.map { TimeAmount($0) }),
            decompression: .disabled
        )
        // The bearer must not travel over a protocol whose connections the pin below doesn't see.
        configuration.httpVersion = .http1Only
        configuration.connectionPool.retryConnectionEstablishment = false
        if case .remote(let remote) = address { configuration.pin(remote) }
        return configuration
    }

    /// Checks the certificate once the handshake has proved that the host has its key, and before a request is sent.
    ///
    /// The library offers no verification callback; what it calls an initializer for debugging is awaited between the two.
    private mutating func pin(_ remote: HostAddress.Remote) {
        var tls = TLSConfiguration.makeClientConfiguration()
        tls.minimumTLSVersion = .tlsv12
        tls.certificateVerification = .none
        tlsConfiguration = tls
        http1_1ConnectionDebugInitializer = { channel in
            channel.nioSSL_peerCertificate()
                .flatMapThrowing { try remote.verify($0) }
                .flatMapErrorThrowing { error in
                    channel.close(promise: nil)
                    throw error
                }
        }
    }
}

extension HostAddress.Remote {
    /// - Throws: `unavailable` when the certificate isn't the one that was pinned.
    func verify(_ certificate: NIOSSLCertificate?) throws {
        let shown = try certificate.map { CertificateFingerprint(ofDER: try $0.toDERBytes()) }
        if shown == fingerprint { return }
        if let shown, fingerprint == .none { throw OtherCertificate(shown: shown) }
        throw MartletError(
            .unavailable,
            refusal,
            details: [
                .init("expected", fingerprint.description), .init("shown", shown?.description ?? "no certificate"),
            ]
        )
    }

    private var refusal: String {
        guard let context else {
            return
                "\(url) is not the host whose fingerprint was given; nothing was sent (`martlet host show` has the right one)"
        }
        return """
            THE CERTIFICATE OF '\(context)' HAS CHANGED: what answers at \(url) is not the host that was trusted, and nothing \
            was sent. Somebody may have put themselves between you and it. If its administrator says that the certificate was \
            made anew, and tells you this fingerprint (`martlet host show`, on that host), trust it again with `martlet context \
            remove \(context)` and `martlet context add`
            """
    }
}

/// The certificate that was shown where none was expected yet.
struct OtherCertificate: Error {
    var shown: CertificateFingerprint
}
