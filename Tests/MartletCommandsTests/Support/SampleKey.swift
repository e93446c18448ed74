import Foundation
import MartletLinux

/// A key that exists for a test, to sign with.
enum SampleKey {
    /// - Parameter work: is given the private key's file.
    static func with<Value>(_ work: (_ path: String) async throws -> Value) async throws -> Value {
        let folder = FileManager.default.temporaryDirectory.path + "/mlt-key-\(UUID().uuidString)"
        try Folder.make(folder, mode: 0o700)
        defer { try? Folder.removeTree(folder) }
        try await CommandRunner().run("ssh-keygen", ["-q", "-t", "ed25519", "-N", "", "-f", "\(folder)/key"])
        return try await work("\(folder)/key")
    }
}
