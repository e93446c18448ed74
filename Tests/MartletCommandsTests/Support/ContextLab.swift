import Foundation
import MartletClient
import MartletFakeHost
import MartletLinux
import MartletModel

@testable import MartletCommands

/// A person's home with contexts, and a host over TLS that they are for.
struct ContextLab: Sendable {
    let host: FakeHost
    let url: String
    let fingerprint: String
    let home: String

    /// Does `work` with a host that has a certificate of its own, and takes all of it away afterwards.
    static func with(
        _ answer: @escaping FakeHost.Answer = SimpleHost.answer, _ work: (ContextLab) async throws -> Void
    ) async throws {
        let home = "/tmp/mlt-home-\(try SecureRandom.hex(byteCount: 5))"
        try Folder.make(home, mode: 0o700)
        defer { try? Folder.removeTree(home) }
        let certificate = try await ServerCertificate.ensure(folder: "\(home)/tls", hostNames: ["elsewhere"])
        try await FakeHost.withTLS(
            certificate: certificate.certificatePath, key: certificate.keyPath, answer
        ) { host in
            try await work(
                ContextLab(
                    host: host, url: host.url ?? "", fingerprint: certificate.fingerprint.description, home: home))
        }
    }

    var environment: [String: String] {
        ["HOME": home, "XDG_CONFIG_HOME": "\(home)/config", "XDG_RUNTIME_DIR": "\(home)/run"]
    }

    var store: ContextStore {
        var run = CommandRun()
        run.environment = environment
        return ContextStore(run.context(Capture(), Capture()))
    }

    /// A context of this host, as if it had been added.
    func keep(
        _ name: String, user: String? = nil, password: String? = nil, token: String? = nil, session: String? = nil,
        fingerprint: String? = nil
    ) throws {
        let pin = fingerprint ?? self.fingerprint
        try store.write(
            HostContext(name: name, url: url, fingerprint: pin, user: user, password: password, token: token))
        guard let session, let user else { return }
        let ends = Moment(milliseconds: Sample.now.milliseconds + 1_000_000)
        try store.keep(
            KeptSession(url: url, fingerprint: pin, user: user, token: session, ends: ends), of: name)
    }

    /// Runs a command in this home; `URL` and `HEX` among the arguments are the host's.
    func run(
        _ arguments: [String], answer: String? = nil, hiddenAnswer: String? = nil, isTerminal: Bool = false
    ) async -> CommandRun.Result {
        var run = CommandRun()
        run.arguments = arguments.map { $0 == "URL" ? url : $0 == "HEX" ? fingerprint : $0 }
        run.environment = environment
        run.answer = answer
        run.hiddenAnswer = hiddenAnswer
        run.isTerminal = isTerminal
        return await run.run()
    }
}
