import CLibCrypto

/// A SHA-256 digest; two are compared in a time that doesn't tell where they differ.
package struct SHA256Digest: Hashable, Sendable, CustomStringConvertible {
    /// 32 bytes.
    package let bytes: [UInt8]

    /// The digest of `data`.
    package init(of data: [UInt8]) {
        var digest = [UInt8](repeating: 0, count: 32)
        let succeeded = EVP_Digest(data, data.count, &digest, nil, EVP_sha256(), nil)
        // It fails only without memory or without a provider of SHA-256: there is no digest to go on with then.
        precondition(succeeded == 1, "libcrypto has no SHA-256")
        bytes = digest
    }

    /// Reads the 64 hexadecimal digits that `description` writes, in either case; nil for anything else.
    package init?(hex: String) {
        let digits = hex.utf8.map { Character(UnicodeScalar($0)).hexDigitValue }
        guard digits.count == 64 else { return nil }
        var bytes: [UInt8] = []
        for index in stride(from: 0, to: 64, by: 2) {
            guard let high = digits[index], let low = digits[index + 1] else { return nil }
            bytes.append(UInt8(high << 4 | low))
        }
        self.bytes = bytes
    }

    /// 64 hexadecimal digits in lower case.
    package var description: String { Hexadecimal.text(bytes) }

    package static func == (left: Self, right: Self) -> Bool {
        left.bytes.count == right.bytes.count && CRYPTO_memcmp(left.bytes, right.bytes, left.bytes.count) == 0
    }
}
