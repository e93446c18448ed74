import CLibCrypto

/// A certificate as libcrypto reads it, and whether a key is its own.
struct KeyPair: ~Copyable {
    private let certificate: OpaquePointer
    let fingerprint: SHA256Digest

    /// Reads the first certificate of a PEM file; nil when there is none.
    init?(certificate pem: [UInt8]) {
        guard let certificate = Self.read(pem, { PEM_read_bio_X509($0, nil, nil, nil) }) else { return nil }
        guard let encoding = Self.encoding(of: certificate) else {
            X509_free(certificate)
            return nil
        }
        self.certificate = certificate
        fingerprint = SHA256Digest(of: encoding)
    }

    deinit { X509_free(certificate) }

    /// Whether a PEM file has the private key to this certificate.
    func isCertified(key pem: [UInt8]) -> Bool {
        guard let key = Self.read(pem, { PEM_read_bio_PrivateKey($0, nil, refusePassword, nil) }) else { return false }
        defer { EVP_PKEY_free(key) }
        return X509_check_private_key(certificate, key) == 1
    }

    private static func read(_ pem: [UInt8], _ body: (OpaquePointer) -> OpaquePointer?) -> OpaquePointer? {
        // libcrypto keeps failures for the thread; nobody asks for these.
        defer { ERR_clear_error() }
        // The source refers to the bytes and copies nothing, so it lives inside.
        return pem.withUnsafeBytes { bytes in
            guard let source = BIO_new_mem_buf(bytes.baseAddress, Int32(bytes.count)) else { return nil }
            defer { BIO_free(source) }
            return body(source)
        }
    }

    private static func encoding(of certificate: OpaquePointer) -> [UInt8]? {
        let count = i2d_X509(certificate, nil)
        guard count > 0 else { return nil }
        var bytes = [UInt8](repeating: 0, count: Int(count))
        // It writes `count` bytes, as it just said, and moves the pointer it is given, which therefore is a copy.
        let written = bytes.withUnsafeMutableBufferPointer { buffer in
            var position = buffer.baseAddress
            return i2d_X509(certificate, &position)
        }
        return written == count ? bytes : nil
    }
}

/// Instead of libcrypto's own, which asks for the password of an encrypted key at the terminal.
private func refusePassword(
    _: UnsafeMutablePointer<CChar>?,
    _: Int32,
    _: Int32,
    _: UnsafeMutableRawPointer?
) -> Int32 { -1 }
