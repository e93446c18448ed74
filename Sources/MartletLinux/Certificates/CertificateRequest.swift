import Glibc

/// What `openssl req` is asked for. Its configuration goes over standard input, so that the host's own has no say.
struct CertificateRequest {
    /// Without what can't stand in a certificate as a name or an address.
    private let subjectAlternativeNames: [String]

    init(hostNames: [String]) {
        var names: [String] = []
        for name in hostNames + ["localhost", "127.0.0.1", "::1"] {
            guard let entry = Self.entry(for: name), !names.contains(entry) else { continue }
            names.append(entry)
        }
        subjectAlternativeNames = names
    }

    /// No key usage: OpenSSL takes a certificate that may not sign certificates for not self-signed, and would look for an issuer.
    var configuration: String {
        """
        [req]
        distinguished_name = name
        x509_extensions = extensions
        prompt = no
        [name]
        CN = Martlet host
        [extensions]
        subjectAltName = \(subjectAlternativeNames.joined(separator: ", "))
        basicConstraints = critical, CA:FALSE
        extendedKeyUsage = serverAuth
        subjectKeyIdentifier = hash

        """
    }

    func arguments(for paths: CertificatePaths) -> [String] {
        [
            "req", "-x509", "-config", "/dev/stdin", "-newkey", "ec", "-pkeyopt", "ec_paramgen_curve:prime256v1",
            "-nodes",
            "-sha256", "-days", "3650", "-keyout", paths.key, "-out", paths.certificate,
        ]
    }

    private static func entry(for name: String) -> String? {
        var address = in6_addr()
        if inet_pton(AF_INET, name, &address) == 1 || inet_pton(AF_INET6, name, &address) == 1 { return "IP:\(name)" }
        // Anything else could end the line of the configuration or begin another entry.
        let isName = name.utf8.allSatisfy { byte in
            let character = Character(UnicodeScalar(byte))
            return character.isASCII
                && (character.isLetter || character.isNumber || character == "-" || character == ".")
        }
        return isName && !name.isEmpty && name.utf8.count <= 253 ? "DNS:\(name)" : nil
    }
}
