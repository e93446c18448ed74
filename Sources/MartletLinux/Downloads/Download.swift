import Glibc
package import MartletModel
import Synchronization

/// Fetches a file over HTTP with curl, which runs as a user that owns nothing: what a stranger's server says is read there.
///
/// What was cut off is asked for again, from where it stopped if the server can and the file is still the same.
package struct Download: Sendable {
    private static let attempts = 5

    /// Whom curl runs as; nil for our own user.
    package var user: UserAccount?
    /// The folder that curl runs in; what is fetched goes below it, and nothing above it need be open to that user.
    package var folder: String
    /// How long to wait before the second attempt; each further one waits twice as long.
    package var pause: Duration

    package init(user: UserAccount?, folder: String, pause: Duration = .seconds(2)) {
        self.user = user
        self.folder = folder
        self.pause = pause
    }

    /// Fetches `address` into the file at `path`, relative to the folder, which is made, or made anew.
    ///
    /// At most five redirections are followed, from https to https alone. A connection that brings less than 1,000 bytes a
    /// second for a minute is given up.
    /// - Parameters:
    ///   - most: how many bytes it may have.
    ///   - progress: told how much is there, from 0 to 1, when the server said how much there is.
    /// - Throws: `notFound` for an address that there isn't; `unavailable` when the server can't be reached, or not be
    ///   trusted; `tooLarge`; `insufficientSpace`; `forbidden` for the folder; `cancelled`, `commandFailed`.
    package func fetch(
        _ address: String, to path: String, most: ByteCount,
        progress: @Sendable (Double) async -> Void = { _ in }
    ) async throws(MartletError) {
        try makeEmpty(path)
        var state = Attempt.State()
        for attempt in 1... {
            let outcome = try await run(address, to: path, most: most, state, progress)
            guard let failure = DownloadFailure(outcome.code, status: outcome.status, most: most) else { return }
            guard failure.isTransient, attempt < Self.attempts else {
                throw failure.error(of: address, said: outcome.said)
            }
            state.tag = failure.mustStartAgain ? nil : outcome.tag ?? state.tag
            if state.tag == nil { try makeEmpty(path) }
            do {
                try await Task.sleep(for: pause * (1 << (attempt - 1)))
            } catch {
                throw MartletError(.cancelled, "the download was cancelled")
            }
        }
    }

    /// What an attempt is told, and how it ended.
    private struct Attempt: Sendable {
        struct State: Sendable {
            /// What the server called the file's version at the attempt before; nil to fetch it all.
            var tag: String?
        }

        var code: Int
        var status: Int
        var tag: String?
        var said: String
    }

    private func run(
        _ address: String, to path: String, most: ByteCount, _ state: Attempt.State,
        _ progress: @Sendable (Double) async -> Void
    ) async throws(MartletError) -> Attempt {
        let confinement = Confinement(
            user: user, memory: .gibibytes(2), processorTime: .seconds(24 * 3600), fileSize: most,
            folder: folder)
        let report = Mutex<String?>(nil)
        let command = LongCommand(launcher: confinement.launcher, environment: Self.proxies)
        let outcome = try await command.outcome(
            "curl", ["--disable", "--config", "-", "--output", path],
            input: Array(Self.configuration(address, most: most, tag: state.tag).utf8)
        ) { line in
            if line.hasPrefix(Self.reportMark) { report.withLock { $0 = line } }
            if let fraction = Self.progress(line) { await progress(fraction) }
        }
        let words = report.withLock { $0 ?? "" }.dropFirst(Self.reportMark.count).split(
            separator: " ", maxSplits: 1)
        let tag = words.count == 2 && words[1].hasPrefix("\"") ? String(words[1]) : nil
        let said = CommandRunner.lastLines(of: outcome.lastWords).split(separator: "\n").last { $0.hasPrefix("curl:") }
        return Attempt(
            code: outcome.code, status: words.first.flatMap { Int($0) } ?? 0, tag: tag,
            said: said.map { String($0) } ?? "")
    }

    private static let reportMark = "martlet-report "

    /// The address goes in as configuration, since arguments can be read by everybody on the host.
    static func configuration(_ address: String, most: ByteCount, tag: String?) -> String {
        func quoted(_ text: String) -> String {
            "\"" + text.filter { $0 != "\n" && $0 != "\r" }.flatMap { $0 == "\"" || $0 == "\\" ? ["\\", $0] : [$0] }
                + "\""
        }
        let schemes = address.lowercased().hasPrefix("https:") ? "=https" : "=http,https"
        var lines = [
            "url = \(quoted(address))", "fail", "location", "max-redirs = 5", "proto = \"=http,https\"",
            "proto-redir = \"\(schemes)\"", "globoff", "connect-timeout = 30", "speed-limit = 1000",
            "speed-time = 60", "max-filesize = \(most.bytes)", "progress-bar", "stderr = \"-\"",
            "write-out = \"\\n\(reportMark)%{http_code} %header{etag}\\n\"", "user-agent = \"martlet\"",
        ]
        if let tag { lines += ["continue-at = \"-\"", "header = \(quoted("If-Range: \(tag)"))"] }
        return lines.joined(separator: "\n") + "\n"
    }

    /// Reads `####   12.3%`.
    static func progress(_ line: String) -> Double? {
        guard line.hasSuffix("%"), let word = line.split(separator: " ").last, let part = Double(word.dropLast()) else {
            return nil
        }
        return min(max(part / 100, 0), 1)
    }

    /// An administrator who must go through a proxy tells the daemon by its environment.
    private static var proxies: [String: String] {
        var found: [String: String] = [:]
        for name in ["http_proxy", "https_proxy", "no_proxy", "HTTPS_PROXY", "NO_PROXY"] {
            if let value = getenv(name) { found[name] = String(cString: value) }
        }
        return found
    }

    private func makeEmpty(_ relative: String) throws(MartletError) {
        let path = "\(folder)/\(relative)"
        let file = try OwnedDescriptor.open(path, O_WRONLY | O_CREAT | O_TRUNC | O_NOFOLLOW, mode: 0o600)
        if let owner = user?.owner, fchown(file.number, owner.userID, owner.groupID) != 0 {
            throw .system(errno, "give '\(path)' its owner")
        }
    }
}
