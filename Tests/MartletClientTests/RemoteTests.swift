import Glibc
import MartletClient
import MartletFakeHost
import MartletLinux
import MartletModel
import Testing

@Suite("A host on another machine")
struct RemoteTests {
    private func withRemote(
        _ work: (FakeHost, ServerCertificate) async throws -> Void
    ) async throws {
        let folder = "/tmp/mlt-tls-\(try SecureRandom.hex(byteCount: 5))"
        mkdir(folder, 0o700)
        defer { try? Folder.removeTree(folder) }
        let certificate = try await ServerCertificate.ensure(folder: "\(folder)/tls", hostNames: ["elsewhere"])
        try await FakeHost.withTLS(certificate: certificate.certificatePath, key: certificate.keyPath) { _ in
            try .json(Sample.host)
        } _: { host in
            try await work(host, certificate)
        }
    }

    @Test("the pinned certificate is enough, whatever name and authority it has; the token travels")
    func pinned() async throws {
        try await withRemote { host, certificate in
            let url = try #require(host.url)
            let pin = try CertificateFingerprint(certificate.fingerprint.description.uppercased())
            let remote = try HostAddress.Remote(url: url + "/", fingerprint: pin, token: "s3cret")
            let seen = try await HostClient.with(.remote(remote)) { try await $0.getHost() }
            #expect(seen == Sample.host)
            #expect(host.requests.map { $0.headers["authorization"] } == ["Bearer s3cret"])
            #expect(host.requests.first?.headers["host"] == url.replacing("https://", with: ""))
        }
    }

    @Test("another certificate is refused, and nothing is sent to its host")
    func otherCertificate() async throws {
        try await withRemote { host, certificate in
            let pin = try CertificateFingerprint(String(repeating: "a", count: 64))
            let remote = try HostAddress.Remote(url: try #require(host.url), fingerprint: pin, token: "s3cret")
            let error = try await failure { try await HostClient.with(.remote(remote)) { try await $0.getHost() } }
            #expect(error.code == .unavailable)
            #expect(error.details.map(\.value) == [pin.description, certificate.fingerprint.description])
            #expect(host.requests.isEmpty)
        }
    }

    @Test("a program in a guest goes by the pinned certificate too, and by no other")
    func webSocket() async throws {
        let folder = "/tmp/mlt-tls-\(try SecureRandom.hex(byteCount: 5))"
        mkdir(folder, 0o700)
        defer { try? Folder.removeTree(folder) }
        let certificate = try await ServerCertificate.ensure(folder: "\(folder)/tls", hostNames: ["elsewhere"])
        let start = GuestProgramStart(session: "s", program: .loginShell)
        try await FakeHost.withTLS(certificate: certificate.certificatePath, key: certificate.keyPath) { _ in
            .echo(exitCode: 4)
        } _: { host in
            let url = try #require(host.url)
            let right = try CertificateFingerprint("\(certificate.fingerprint)")
            let remote = try HostAddress.Remote(url: url, fingerprint: right, token: "s3cret")
            let end = try await HostClient.with(.remote(remote)) {
                try await $0.executeInGuest("a", start) { program in
                    try await program.send(.endOfInput)
                    return try await program.follow { _ in }
                }
            }
            #expect(end == .exited(4))
            #expect(host.requests.map { $0.headers["authorization"] } == ["Bearer s3cret"])
            let wrong = try CertificateFingerprint(String(repeating: "a", count: 64))
            let other = try HostAddress.Remote(url: url, fingerprint: wrong, token: "s3cret")
            let error = try await failure {
                try await HostClient.with(.remote(other)) {
                    try await $0.executeInGuest("a", start) { try await $0.follow { _ in } }
                }
            }
            #expect(error.code == .unavailable)
            #expect(error.details.map(\.name) == ["expected", "shown"])
            #expect(host.requests.count == 1)
        }
    }

    @Test("a host that doesn't speak TLS is unavailable, and one that isn't there too")
    func noTLS() async throws {
        let pin = try CertificateFingerprint(String(repeating: "a", count: 64))
        // A port that nobody listens on, most likely; if somebody does, it isn't our host.
        let remote = try HostAddress.Remote(url: "https://127.0.0.1:1", fingerprint: pin, token: nil)
        let error = try await failure { try await HostClient.with(.remote(remote)) { try await $0.getHost() } }
        #expect(error.code == .unavailable)
        #expect(!error.message.contains("--root"))
    }

    @Test(
        "what isn't the address of a host is refused",
        arguments: [
            "", "host", "http://host", "https://", "https:///", "https://host/path", "https://u@host", "https://h?q",
            "https://a b",
        ]
    )
    func addresses(url: String) throws {
        let pin = try CertificateFingerprint(String(repeating: "a", count: 64))
        let error = #expect(throws: MartletError.self) {
            try HostAddress.Remote(url: url, fingerprint: pin, token: nil)
        }
        #expect(error?.code == .invalidArgument)
    }

    @Test("a token that can't be one is refused and not repeated", arguments: ["", "two words", "line\nfeed", "tök3n"])
    func tokens(token: String) throws {
        let pin = try CertificateFingerprint(String(repeating: "a", count: 64))
        let error = #expect(throws: MartletError.self) {
            try HostAddress.Remote(url: "https://host", fingerprint: pin, token: token)
        }
        #expect(error?.code == .invalidArgument)
        #expect(token.isEmpty || error?.message.contains(token) == false)
    }

    @Test("a fingerprint is 64 hex digits, colons and case don't matter")
    func fingerprints() throws {
        let pairs = Array(repeating: "Ab", count: 32)
        #expect(
            try CertificateFingerprint(pairs.joined(separator: ":")).description == String(repeating: "ab", count: 32))
        for wrong in ["", "ab", String(repeating: "g", count: 64), String(repeating: "a", count: 65)] {
            #expect(throws: MartletError.self) { try CertificateFingerprint(wrong) }
        }
    }
}
