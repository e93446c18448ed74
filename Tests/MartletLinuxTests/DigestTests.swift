import MartletLinux
import Testing

@Suite("Digests and random numbers")
struct DigestTests {
    @Test(
        "known answers of FIPS 180-4",
        arguments: [
            ("", "e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855"),
            ("abc", "ba7816bf8f01cfea414140de5dae2223b00361a396177a9cb410ff61f20015ad"),
            (
                "abcdbcdecdefdefgefghfghighijhijkijkljklmklmnlmnomnopnopq",
                "248d6a61d20638b8e5c026930c3e6039a33ce45964ff2167f6ecedd419db06c1"
            ),
        ])
    func knownAnswers(text: String, expected: String) {
        let digest = SHA256Digest(of: Array(text.utf8))
        #expect("\(digest)" == expected)
        #expect(SHA256Digest(hex: expected) == digest)
        #expect(SHA256Digest(hex: expected.uppercased()) == digest)
    }

    @Test("a million letters a have their known digest")
    func million() {
        let digest = SHA256Digest(of: [UInt8](repeating: 97, count: 1_000_000))
        #expect("\(digest)" == "cdc76e5c9914fb9281a1c7e284d73e67f1809a48a497200e046d39ccc7112cd0")
    }

    @Test("digests that differ in any one bit are different")
    func comparison() throws {
        let digest = SHA256Digest(of: [1])
        for index in 0..<64 {
            var digits = Array("\(digest)")
            digits[index] = digits[index] == "0" ? "1" : "0"
            #expect(try #require(SHA256Digest(hex: String(digits))) != digest)
        }
    }

    @Test("what isn't 64 hexadecimal digits is no digest")
    func notHex() {
        #expect(SHA256Digest(hex: String(repeating: "0", count: 63)) == nil)
        #expect(SHA256Digest(hex: String(repeating: "g", count: 64)) == nil)
        #expect(SHA256Digest(hex: String(repeating: "é", count: 32)) == nil)
    }

    @Test("random bytes are as many as asked for, and never the same")
    func random() throws {
        for count in [0, 1, 32, 1000] { #expect(try SecureRandom.bytes(count).count == count) }
        let drawn = try (0..<100).map { _ in try SecureRandom.hex(byteCount: 16) }
        #expect(Set(drawn).count == 100 && drawn.allSatisfy { $0.count == 32 })
        // A thousand bytes without some value of the 256 are 5 of expectation; without half of them, a broken source.
        #expect(Set(try SecureRandom.bytes(1000)).count > 200)
    }
}
