import MartletLinux
import MartletModel

/// Whether a signature over a challenge was made with one of a user's keys; the guest's own ssh-keygen(1) says so.
struct KeyCheck: Sendable {
    /// What signatures are for: one that was made for something else opens nothing.
    static let namespace = "martlet-direct"
    private static let longestSignature = 16_384
    /// The name of the signer, to ssh-keygen alone.
    private static let principal = "user"

    let runFolder: String

    enum Verdict: Hashable, Sendable {
        case accepted
        /// Why, for the guest's log.
        case wrong(String)
    }

    /// - Throws: `wrongState` without ssh-keygen; `insufficientSpace`, `ioFailed`.
    func check(_ user: GuestUser, challenge: [UInt8], signature: String) async throws(MartletError) -> Verdict {
        guard let program = ProgramSearch.path(of: "ssh-keygen") else { throw Self.withoutProgram }
        guard signature.utf8.count <= Self.longestSignature else { return .wrong("the signature is too long") }
        let keys: [String]
        do {
            keys = try await BlockingWork.run { () throws(MartletError) in try AuthorizedKeys.read(of: user) }
        } catch {
            return .wrong("\(error)")
        }
        guard !keys.isEmpty else { return .wrong("no usable key is in the user's authorized_keys") }
        let folder = "\(runFolder)/key-\(try SecureRandom.hex(byteCount: 8))"
        try Folder.make(folder, mode: 0o700)
        defer { try? Folder.removeTree(folder) }
        let lines = keys.map { "\(Self.principal) namespaces=\"\(Self.namespace)\" \($0)\n" }
        try AtomicFile.write(Array(lines.joined().utf8), to: "\(folder)/signers", mode: 0o600)
        try AtomicFile.write(Array(signature.utf8), to: "\(folder)/signature", mode: 0o600)
        let arguments = [
            "-Y", "verify", "-f", "\(folder)/signers", "-I", Self.principal, "-n", Self.namespace, "-s",
            "\(folder)/signature",
        ]
        do {
            try await CommandRunner(timeLimit: .seconds(20)).run(program, arguments, input: challenge)
            return .accepted
        } catch {
            return .wrong("\(error)")
        }
    }

    static var withoutProgram: MartletError {
        MartletError(
            .wrongState,
            "the guest has no ssh-keygen to verify a key with; install its package openssh-client, or use a password")
    }
}
