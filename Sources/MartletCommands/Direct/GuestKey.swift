import FoundationEssentials
import MartletLinux
import MartletModel

/// A key of the person's, to sign in to guests by: a private key's file, or a public one's whose key the agent has.
struct GuestKey: Hashable, Sendable {
    private enum Source: Hashable {
        case file(String)
        /// A line of `ssh-add -L`.
        case agent(String)
    }

    private let source: Source
    /// `SSH_AUTH_SOCK`; nil without an agent.
    private let agent: String?

    /// No more are tried: each that is wrong makes a guest slower.
    private static let most = 4

    /// The key of a file.
    ///
    /// - Throws: `notFound`.
    static func file(_ path: String, _ context: CommandContext) throws(MartletError) -> GuestKey {
        guard FileEntry.exists(path) else {
            throw MartletError(.notFound, "there is no key '\(path)'; give another --identity")
        }
        return GuestKey(source: .file(path), agent: context.variable("SSH_AUTH_SOCK"))
    }

    /// The agent's keys and those of `~/.ssh`, as far as there are any.
    static func all(_ context: CommandContext) async -> [GuestKey] {
        let agent = context.variable("SSH_AUTH_SOCK")
        var keys: [GuestKey] = []
        if let agent, let lines = try? await runner(agent).runText("ssh-add", ["-L"]) {
            keys = lines.split(separator: "\n").filter { $0.contains(" ") }
                .map { GuestKey(source: .agent(String($0)), agent: agent) }
        }
        if let home = context.variable("HOME") {
            keys += ["id_ed25519", "id_ecdsa", "id_rsa"].map { "\(home)/.ssh/\($0)" }.filter { FileEntry.exists($0) }
                .map { GuestKey(source: .file($0), agent: agent) }
        }
        return Array(keys.prefix(most))
    }

    /// Signs a challenge as a guest wants it.
    ///
    /// A key behind a passphrase can't be used by its file: nobody is asked for it.
    /// - Throws: `commandFailed` with what `ssh-keygen` says; `notFound` without it; `invalidArgument` for no challenge.
    func sign(_ challenge: GuestKeyChallenge) async throws -> String {
        guard let bytes = Data(base64Encoded: challenge.challenge) else {
            throw MartletError(.unknown, "the guest's challenge isn't base64")
        }
        switch source {
        case .file(let path): return try await sign(bytes, challenge.namespace, path)
        case .agent(let line):
            // `ssh-keygen` takes a public key by its file alone.
            return try await StagedFolder.with { folder in
                let path = "\(folder)/key.pub"
                try PrivateFile.write(Array("\(line)\n".utf8), to: path)
                return try await sign(bytes, challenge.namespace, path)
            }
        }
    }

    private func sign(_ bytes: Data, _ namespace: String, _ path: String) async throws -> String {
        do throws(MartletError) {
            return String(
                decoding: try await Self.runner(agent).run(
                    "ssh-keygen", ["-Y", "sign", "-n", namespace, "-f", path], input: Array(bytes)), as: UTF8.self)
        } catch {
            guard error.code == .commandFailed else { throw error }
            throw MartletError(
                .commandFailed,
                "the key '\(path)' can't sign; one with a passphrase has to be in the agent (`ssh-add`), and is given by its public key",
                cause: error)
        }
    }

    private static func runner(_ agent: String?) -> CommandRunner {
        CommandRunner(launcher: agent.map { ["env", "SSH_AUTH_SOCK=\($0)"] } ?? [])
    }
}

/// A folder of ours for a moment.
enum StagedFolder {
    /// - Throws: `ioFailed`; whatever `work` throws.
    static func with<Value>(_ work: (String) async throws -> Value) async throws -> Value {
        let base = FileManager.default.temporaryDirectory.path
        let path = "\(base)/martlet-\(try SecureRandom.hex(byteCount: 8))"
        try Folder.make(path, mode: 0o700)
        let result: Result<Value, any Error>
        do { result = .success(try await work(path)) } catch { result = .failure(error) }
        try? Folder.removeTree(path)
        return try result.get()
    }
}
