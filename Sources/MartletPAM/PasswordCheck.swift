import MartletLinux
package import MartletModel

/// Asks the host's PAM about a password, in a process of its own for each question.
package struct PasswordCheck: Sendable {
    /// The program that does `PasswordHelper`'s work.
    package var helper: String
    package var service: String
    /// A folder in the place of `/etc/pam.d`, for tests.
    package var folder: String?
    /// The helper is ended when it takes longer.
    package var timeLimit: Duration

    package init(
        helper: String = "/proc/self/exe", service: String = "martlet", folder: String? = nil,
        timeLimit: Duration = .seconds(30)
    ) {
        self.helper = helper
        self.service = service
        self.folder = folder
        self.timeLimit = timeLimit
    }

    package struct Answer: Sendable {
        package var verdict: PasswordVerdict
        /// The user as PAM has it.
        package var user: String
        /// In PAM's words, for the log.
        package var reason: String
    }

    /// - Parameter address: where the request came from, for PAM's own log and modules.
    /// - Throws: `timedOut`; `commandFailed` when the helper can't be run or ends without an answer; `cancelled`.
    package func check(user: String, password: String, address: String) async throws(MartletError) -> Answer {
        let input = Array(user.utf8) + [0] + Array(password.utf8) + [0]
        guard input.count <= PasswordHelper.longestInput, !user.isEmpty, !user.contains("\0"), !password.contains("\0")
        else { return Answer(verdict: .wrong, user: user, reason: "no name and password that can be asked about") }
        let output = try await CommandRunner(timeLimit: timeLimit).runText(
            helper, [PasswordHelper.verb, service, address] + (folder.map { [$0] } ?? []),
            input: String(decoding: input, as: UTF8.self)
        )
        let parts = output.split(separator: "\0", maxSplits: 2, omittingEmptySubsequences: false)
        guard parts.count == 3, let verdict = PasswordVerdict(rawValue: String(parts[0])) else {
            throw MartletError(.commandFailed, "the program that asks PAM gave no answer")
        }
        let reason = parts[2].filter { !$0.isNewline }
        return Answer(verdict: verdict, user: String(parts[1]), reason: String(reason))
    }
}
