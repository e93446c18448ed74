import FoundationEssentials
import MartletLinux
import MartletModel

/// A key pair of a test's own, and what it opens.
package struct SSHLogin: Sendable {
    private let key: String
    /// The file with the public key.
    package var publicKey: String { "\(key).pub" }

    /// Makes a key pair in a folder.
    package init(in folder: String) async throws {
        key = "\(folder)/key"
        try await CommandRunner().run("ssh-keygen", ["-q", "-t", "ed25519", "-N", "", "-f", key])
    }

    /// Runs a command on a machine as the image's own user, trying until the machine lets it in.
    package func run(
        _ command: String, at address: String, user: String = "debian", within limit: Duration
    ) async throws
        -> String
    {
        let options = [
            "-i", key, "-o", "BatchMode=yes", "-o", "StrictHostKeyChecking=no", "-o", "UserKnownHostsFile=/dev/null",
            "-o", "ConnectTimeout=20", "-o", "LogLevel=ERROR",
        ]
        let answer = try await eventually(within: limit, "\(user)@\(address) lets us in") { () -> Answer in
            do {
                let text = try await CommandRunner(timeLimit: .seconds(180)).runText(
                    "ssh", options + ["\(user)@\(address)", "true && { \(command)\n}"])
                return Answer(text: text, failure: nil)
            } catch {
                return Answer(text: nil, failure: "\(error)")
            }
        } until: {
            $0.text != nil
        }
        return answer.text ?? ""
    }

    private struct Answer: Sendable {
        var text: String?
        var failure: String?
    }
}
