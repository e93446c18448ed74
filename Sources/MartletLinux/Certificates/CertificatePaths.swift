/// Where a key pair lies.
struct CertificatePaths: Sendable {
    var folder: String
    var certificate: String { "\(folder)/certificate.pem" }
    var key: String { "\(folder)/key.pem" }
}
