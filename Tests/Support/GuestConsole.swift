import MartletClient
package import MartletModel

/// Somebody at a guest's serial console.
package struct GuestConsole: Sendable {
    package let lab: DaemonLab
    package let machine: String

    package init(_ lab: DaemonLab, _ machine: String) {
        self.lab = lab
        self.machine = machine
    }

    /// Makes and starts a machine with the small guest, and logs in.
    package static func start(
        _ name: String, on lab: DaemonLab, hasServices: Bool = false, _ options: String...
    ) async throws -> GuestConsole {
        try await lab.createGuest(name, options + ["--start"], hasServices: hasServices)
        let console = GuestConsole(lab, name)
        try await console.logIn()
        return console
    }

    /// - Parameter boot: the how manieth boot of this QEMU it is, since the console shows those before too.
    package func logIn(boot: Int = 1) async throws {
        _ = try await wait(for: "martlet login:", times: boot)
        try await type("root\n")
        _ = try await wait(for: "Password:", times: boot)
        try await type("martlet\n")
        try await run("true")
    }

    package func type(_ text: String) async throws {
        try await lab.client { try await $0.writeConsole(machine, Array(text.utf8)) }
    }

    /// Runs a command in the guest's shell and waits for its end.
    ///
    /// - Returns: what it printed.
    /// - Throws: `commandFailed` when it ends with another code than 0.
    @discardableResult
    package func run(_ command: String) async throws -> String { try await end(of: begin(command)) }

    /// What a command prints, whatever it ends with.
    @discardableResult
    package func output(of command: String) async throws -> String { try await ending(of: begin(command)).output }

    /// Begins a command and doesn't wait for it; `end(of:)` does.
    ///
    /// - Returns: the mark that the command is known by.
    package func begin(_ command: String) async throws -> Int {
        let mark = Int.random(in: 10_000_000...99_999_999)
        // The marks are put together in the guest, so that the echo of what is typed isn't taken for them.
        try await type("echo begin-$((\(mark))); \(command); echo end-$((\(mark)))-$?\n")
        return mark
    }

    /// Waits for a command that was begun.
    ///
    /// - Throws: `commandFailed` when it ends with another code than 0.
    @discardableResult
    package func end(of mark: Int) async throws -> String {
        let (output, code) = try await ending(of: mark)
        guard code == "0" else {
            throw MartletError(.commandFailed, "in the guest a command ended with \(code): \(output)")
        }
        return output
    }

    private func ending(of mark: Int) async throws -> (output: String, code: Substring) {
        let seen = try await wait(for: "end-\(mark)-", andItsLine: true)
        guard let begin = seen.ranges(of: "begin-\(mark)\n").last, let end = seen.ranges(of: "end-\(mark)-").last else {
            throw MartletError(.internal, "the console shows no begin of a command: \(seen.suffix(500))")
        }
        let output = seen[begin.upperBound..<end.lowerBound].drop { $0.isWhitespace }
        let last = output.lastIndex { !$0.isWhitespace }
        return (String(last.map { output[...$0] } ?? ""), seen[end.upperBound...].prefix { $0.isNumber })
    }

    /// What the console has shown by the time it shows a text.
    ///
    /// - Parameters:
    ///   - times: how often it is to show it.
    ///   - andItsLine: whether to wait for the end of the line with it too.
    package func wait(for text: String, times: Int = 1, andItsLine: Bool = false) async throws -> String {
        // Seen twice with much other work beside it, and not explained: an answer that was cut off by a daemon that lived on. What the
        // console has shown is in the next one again.
        do { return try await watch(for: text, times, andItsLine) } catch let error as MartletError
            where error.code == .unavailable
        {
            return try await watch(for: text, times, andItsLine)
        }
    }

    private func watch(for text: String, _ times: Int, _ andItsLine: Bool) async throws -> String {
        try await lab.client { client in
            var bytes: [UInt8] = []
            for try await piece in try await client.readConsole(machine, historyInBytes: 1 << 20) {
                // Without the terminal's carriage returns: with a newline, one is a character of its own to Swift.
                bytes += piece.filter { $0 != UInt8(ascii: "\r") }
                let shown = String(decoding: bytes, as: UTF8.self)
                let found = shown.ranges(of: text)
                guard found.count >= times, let last = found.last else { continue }
                if !andItsLine || shown[last.upperBound...].contains(where: \.isNewline) { return shown }
            }
            let shown = String(decoding: bytes, as: UTF8.self)
            throw NeverHappened(what: "'\(text)' on the console", limit: .zero, lastSeen: shown)
        }
    }
}

extension DaemonLab {
    /// Creates a machine with the small Linux guest; on the switch 'user' unless the options say otherwise.
    package func createGuest(_ name: String, _ options: [String] = [], hasServices: Bool = false) async throws {
        let guest = try Programs.guest(hasServices: hasServices)
        let isNetworkGiven = options.contains("--switch") || options.contains("--no-network")
        let arguments =
            [
                "--root", root, "vm", "create", name, "--generation", "direct", "--kernel", guest.kernel, "--initrd",
                guest.initrd ?? "", "--append", guest.append,
            ] + (isNetworkGiven ? [] : ["--switch", "user"])
            + (options.contains("--memory") ? [] : ["--memory", hasServices ? "384MiB" : "256MiB"])
        let outcome = try await Programs.run("martlet", arguments + options)
        guard outcome.code == 0 else { throw MartletError(.commandFailed, "\(outcome)") }
    }

    package func disk(_ name: String) async throws -> Disk { try await client { try await $0.getDisk(name) } }
}
