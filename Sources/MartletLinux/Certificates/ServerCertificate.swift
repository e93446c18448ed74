import Glibc
package import MartletModel

/// The key pair that the API answers with, made at first start and kept.
package struct ServerCertificate: Hashable, Sendable {
    /// PEM.
    package var certificatePath: String
    /// PEM, readable by its owner alone.
    package var keyPath: String
    /// The SHA-256 of the certificate's DER, which clients pin.
    package var fingerprint: SHA256Digest
    /// What was done that an administrator wants to know, as sentences: a pair set aside, a mode narrowed.
    package var notes: [String]

    /// Takes the pair in `folder`, or makes one there: an elliptic key (P-256) and a certificate for ten years.
    ///
    /// The certificate is for the names and addresses in `hostNames`, `localhost`, `127.0.0.1` and `::1`. A crash leaves both files or
    /// neither. A pair that can't be read, or whose key isn't the certificate's, is set aside as `<folder>.damaged-<n>` and never
    /// deleted; clients that pinned it have to pin the new one. The folder's parent must exist. Not for two callers at once.
    /// - Throws: `notFound` when openssl isn't installed; `commandFailed`, `insufficientSpace`, `forbidden`, `ioFailed`.
    package static func ensure(
        folder: String,
        hostNames: [String],
        runner: CommandRunner = CommandRunner()
    ) async throws(MartletError) -> ServerCertificate {
        let paths = CertificatePaths(folder: folder)
        switch try await BlockingWork.run({ () throws(MartletError) in try StoredPair.look(paths) }) {
        case .sound(let fingerprint, let notes):
            return ServerCertificate(paths, fingerprint, notes: notes)
        case .missing:
            return try await make(paths, hostNames: hostNames, runner: runner, notes: [])
        case .damaged(let why):
            let kept = try await BlockingWork.run { () throws(MartletError) in try StoredPair.setAside(paths) }
            let note = "the API's certificate in '\(folder)' \(why); it was kept as '\(kept)', and a new one was made"
            return try await make(paths, hostNames: hostNames, runner: runner, notes: [note])
        }
    }

    private init(_ paths: CertificatePaths, _ fingerprint: SHA256Digest, notes: [String]) {
        certificatePath = paths.certificate
        keyPath = paths.key
        self.fingerprint = fingerprint
        self.notes = notes
    }

    private static func make(
        _ paths: CertificatePaths,
        hostNames: [String],
        runner: CommandRunner,
        notes: [String]
    ) async throws(MartletError) -> ServerCertificate {
        let new = CertificatePaths(folder: paths.folder + ".new")
        try await BlockingWork.run { () throws(MartletError) in
            try Folder.removeTree(new.folder)
            try Folder.make(new.folder, mode: 0o700)
        }
        let request = CertificateRequest(hostNames: hostNames)
        try await runner.runText("openssl", request.arguments(for: new), input: request.configuration)
        let fingerprint = try await BlockingWork.run { () throws(MartletError) in
            try StoredPair.publish(new, as: paths)
        }
        return ServerCertificate(paths, fingerprint, notes: notes)
    }
}
