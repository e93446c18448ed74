import MartletClient
import MartletModel

/// The shell of the small guest on its serial console, through the API.
package struct MachineConsole: Sendable {
    package let name: String
    package let lab: DaemonLab

    /// Makes a machine with the small guest, starts it and logs in.
    package static func boot(_ name: String, in lab: DaemonLab, _ options: String...) async throws -> MachineConsole {
        let guest = try Programs.guest()
        let create =
            [
                "vm", "create", name, "--generation", "direct", "--kernel", guest.kernel, "--initrd",
                guest.initrd ?? "", "--append", "\(guest.append) quiet", "--memory", "256MiB", "--switch", "user",
                "--start",
            ] + options
        let outcome = try await Programs.run("martlet", ["--root", lab.root] + create)
        guard outcome.code == 0 else { throw MartletError(.commandFailed, "\(outcome)") }
        let console = MachineConsole(name: name, lab: lab)
        try await console.logIn()
        return console
    }

    /// - Parameter times: the how manieth boot of this QEMU it is, since the console shows those before too.
    package func logIn(times: Int = 1) async throws {
        _ = try await wait(for: "martlet login:", times: times)
        try await type("root\n")
        _ = try await wait(for: "Password:", times: times)
        try await type("martlet\n")
        try await run("true")
    }

    package func type(_ text: String) async throws {
        try await lab.client { try await $0.writeConsole(name, Array(text.utf8)) }
    }

    /// Runs a command and waits until it has ended.
    package func run(_ command: String) async throws { _ = try await answer(to: command) }

    /// What a command prints.
    package func answer(to command: String) async throws -> String {
        let mark = String(UInt32.random(in: 100_000...999_999))
        // Written so that the echo of what is typed isn't taken for the answer.
        try await type("\(command); echo \"<<\"\(mark)\n")
        let seen = try await wait(for: "<<\(mark)")
        let lines = seen.split(whereSeparator: \.isNewline).map(String.init)
        let end = lines.lastIndex { $0.contains("<<\(mark)") } ?? lines.endIndex
        let begin = lines[..<end].lastIndex { $0.contains("\"<<\"\(mark)") } ?? lines.startIndex
        let answer = lines[..<end].dropFirst(begin + 1).joined(separator: "\n")
        return String(answer.drop { $0.isWhitespace })
    }

    /// What the console has shown by the time it shows `text`.
    package func wait(
        for text: String, times: Int = 1, within limit: Duration = .seconds(300)
    ) async throws -> String {
        try await withThrowingTaskGroup(of: String.self) { group in
            group.addTask {
                try await lab.client { client in
                    var seen: [UInt8] = []
                    for try await bytes in try await client.readConsole(name, historyInBytes: 1 << 16) {
                        seen += bytes
                        let shown = String(decoding: seen, as: UTF8.self)
                        if shown.split(separator: text, omittingEmptySubsequences: false).count > times { return shown }
                    }
                    let shown = String(decoding: seen, as: UTF8.self)
                    throw NeverHappened(what: "'\(text)' on the console", limit: limit, lastSeen: shown)
                }
            }
            group.addTask {
                try await Task.sleep(for: limit)
                throw NeverHappened(what: "'\(text)' on the console", limit: limit, lastSeen: "nothing in time")
            }
            defer { group.cancelAll() }
            return try await group.next() ?? ""
        }
    }
}
