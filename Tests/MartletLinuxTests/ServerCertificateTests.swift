import Glibc
import MartletLinux
import MartletModel
import Testing

@Suite("The API's certificate")
struct ServerCertificateTests {
    @Test("a new pair is an elliptic key and a certificate for ten years, for the host's names")
    func fresh() async throws {
        try await withScratchFolder { folder in
            let names = ["host.example", "192.0.2.7", "bad name\nCN = x", "localhost"]
            let made = try await ServerCertificate.ensure(folder: "\(folder)/tls", hostNames: names)
            #expect(made.certificatePath == "\(folder)/tls/certificate.pem" && made.keyPath == "\(folder)/tls/key.pem")
            #expect(mode(of: made.keyPath) == 0o600 && mode(of: "\(folder)/tls") == 0o700)
            #expect(made.notes == [])
            let text = try await openssl(
                "x509", "-in", made.certificatePath, "-noout", "-text", "-fingerprint", "-sha256")
            for expected in [
                "DNS:host.example, IP Address:192.0.2.7, DNS:localhost, IP Address:127.0.0.1, IP Address:0:0:0:0:0:0:0:1",
                "prime256v1", "ecdsa-with-SHA256", "CA:FALSE", "TLS Web Server Authentication",
            ] { #expect(text.contains(expected), "\(expected)") }
            let digits = text.split(separator: "\n").last?.split(separator: "=").last?.filter { $0 != ":" }.lowercased()
            #expect(digits == "\(made.fingerprint)")
            // Good now, and for nine years and 300 days.
            try await openssl("x509", "-in", made.certificatePath, "-noout", "-checkend", "\((9 * 365 + 300) * 86400)")
            try await openssl("verify", "-CAfile", made.certificatePath, "-purpose", "sslserver", made.certificatePath)
            #expect(try await self.names(in: folder) == ["tls"])
        }
    }

    @Test("a pair that is there is kept, and its key never gets wider")
    func kept() async throws {
        try await withScratchFolder { folder in
            let first = try await ServerCertificate.ensure(folder: "\(folder)/tls", hostNames: ["a"])
            let second = try await ServerCertificate.ensure(folder: "\(folder)/tls", hostNames: ["b"])
            #expect(first == second)
            chmod(first.keyPath, 0o644)
            let third = try await ServerCertificate.ensure(folder: "\(folder)/tls", hostNames: ["b"])
            #expect(third.fingerprint == first.fingerprint && third.notes.count == 1)
            #expect(mode(of: first.keyPath) == 0o600)
        }
    }

    @Test(
        "a damaged pair is set aside whole and said",
        arguments: ["no key", "no certificate", "other key", "nonsense", "huge"])
    func damaged(how: String) async throws {
        try await withScratchFolder { folder in
            let tls = "\(folder)/tls"
            let first = try await ServerCertificate.ensure(folder: tls, hostNames: [])
            switch how {
            case "no key": unlink(first.keyPath)
            case "no certificate": unlink(first.certificatePath)
            case "other key":
                let other = try await ServerCertificate.ensure(folder: "\(folder)/other", hostNames: [])
                try AtomicFile.copy(from: other.keyPath, to: first.keyPath, mode: 0o600)
            case "nonsense": try AtomicFile.write([1, 2, 3], to: first.certificatePath, mode: 0o600)
            default: try AtomicFile.write([UInt8](repeating: 65, count: 1 << 17), to: first.keyPath, mode: 0o600)
            }
            let left = try await names(in: tls)
            let second = try await ServerCertificate.ensure(folder: tls, hostNames: [])
            #expect(second.fingerprint != first.fingerprint)
            #expect(second.notes.count == 1 && second.notes[0].contains("'\(tls).damaged-1'"))
            #expect(try await names(in: "\(tls).damaged-1") == left)
            #expect(try await ServerCertificate.ensure(folder: tls, hostNames: []).notes == [])
        }
    }

    @Test("a second damaged pair gets a name of its own")
    func damagedTwice() async throws {
        try await withScratchFolder { folder in
            for _ in 0..<2 {
                let made = try await ServerCertificate.ensure(folder: "\(folder)/tls", hostNames: [])
                unlink(made.keyPath)
            }
            _ = try await ServerCertificate.ensure(folder: "\(folder)/tls", hostNames: [])
            #expect(try await names(in: folder) == ["tls", "tls.damaged-1", "tls.damaged-2"])
        }
    }

    @Test("what a crash left half made is made anew, and an empty folder is no damage")
    func leftovers() async throws {
        try await withScratchFolder { folder in
            try Folder.make("\(folder)/tls.new", mode: 0o700)
            try AtomicFile.write([1], to: "\(folder)/tls.new/key.pem", mode: 0o600)
            try Folder.make("\(folder)/tls", mode: 0o755)
            let made = try await ServerCertificate.ensure(folder: "\(folder)/tls", hostNames: [])
            #expect(made.notes == [])
            #expect(try await names(in: folder) == ["tls"])
        }
    }

    @Test("without openssl, and when it fails, there is no half pair")
    func failing() async throws {
        try await withScratchFolder { folder in
            let runner = CommandRunner(launcher: ["false"])
            let error = await failure {
                _ = try await ServerCertificate.ensure(folder: "\(folder)/tls", hostNames: [], runner: runner)
            }
            #expect(error?.code == .commandFailed)
            #expect(!exists("\(folder)/tls"))
            // As a program that says it made a pair and didn't.
            let liar = CommandRunner(launcher: ["true"])
            let lie = await failure {
                _ = try await ServerCertificate.ensure(folder: "\(folder)/tls", hostNames: [], runner: liar)
            }
            #expect(lie?.code == .ioFailed)
            #expect(!exists("\(folder)/tls"))
        }
    }

    @discardableResult
    private func openssl(_ arguments: String...) async throws -> String {
        try await CommandRunner().runText("openssl", arguments)
    }

    private func names(in folder: String) async throws -> [String] { try await MartletLinuxTests.names(in: folder) }
}
