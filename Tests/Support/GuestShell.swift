import MartletClient
package import MartletModel
import Synchronization

/// The shell of the small Linux guest, through its machine's console, as somebody at a terminal has it.
package final class GuestShell: Sendable {
    private let lab: DaemonLab
    private let machine: String
    private let count = Mutex(0)

    /// Waits until the guest asks who is there, and logs in.
    package init(_ lab: DaemonLab, _ machine: String) async throws {
        self.lab = lab
        self.machine = machine
        _ = try await console(until: "martlet login:")
        try await type("root\n")
        _ = try await console(until: "Password:")
        try await type("martlet\n")
        _ = try await console(until: "root@martlet")
    }

    /// Runs a command in the guest and waits for its end.
    ///
    /// - Returns: what it printed.
    /// - Throws: `commandFailed` when it ends with another code than 0.
    @discardableResult
    package func run(_ command: String) async throws -> String {
        let number = begin()
        try await type("echo B-$((\(number))); \(command); echo E-$((\(number)))-$?\n")
        return try await end(of: number, command)
    }

    /// Begins a command and doesn't wait for it; `end(of:)` does.
    package func start(_ command: String) async throws -> Int {
        let number = begin()
        try await type("echo B-$((\(number))); \(command); echo E-$((\(number)))-$?\n")
        return number
    }

    /// Waits for a command that was started.
    package func end(of number: Int, _ command: String = "the command") async throws -> String {
        let seen = try await console(until: "E-\(number)-")
        guard let end = seen.range(of: "E-\(number)-"), let start = seen.range(of: "B-\(number)\r\n") else {
            throw MartletError(.internal, "the console shows no end of '\(command)': \(seen.suffix(500))")
        }
        let output = String(seen[start.upperBound..<end.lowerBound])
        guard seen[end.upperBound...].first == "0" else {
            throw MartletError(.commandFailed, "in the guest, '\(command)' failed: \(output)")
        }
        return output
    }

    private func begin() -> Int {
        count.withLock {
            $0 += 1
            return $0 + 1000
        }
    }

    private func type(_ text: String) async throws {
        try await lab.client { try await $0.writeConsole(machine, Array(text.utf8)) }
    }

    private func console(until text: String) async throws -> String {
        let machine = machine
        return try await lab.client { client in
            var seen = ""
            for try await bytes in try await client.readConsole(machine, historyInBytes: 1 << 16) {
                seen += String(decoding: bytes, as: UTF8.self)
                guard let found = seen.range(of: text) else { continue }
                // The digit after a mark may come a piece later.
                if found.upperBound < seen.endIndex || !text.hasSuffix("-") { return seen }
            }
            throw NeverHappened(what: "'\(text)' on the console", limit: .zero, lastSeen: seen)
        }
    }
}

extension String {
    fileprivate func range(of text: String) -> Range<String.Index>? { ranges(of: text).last }
}

extension DaemonLab {
    /// Creates and starts a machine with the small Linux guest.
    package func startGuest(_ name: String, _ arguments: String...) async throws {
        let guest = try Programs.guest()
        let outcome = try await Programs.run(
            "martlet",
            [
                "--root", root, "vm", "create", name, "--generation", "direct", "--kernel", guest.kernel, "--initrd",
                guest.initrd ?? "", "--append", guest.append, "--memory", "256MiB", "--switch", "user", "--start",
            ] + arguments)
        guard outcome.code == 0 else { throw MartletError(.commandFailed, "\(outcome)") }
    }

    package func disk(_ name: String) async throws -> Disk { try await client { try await $0.getDisk(name) } }
}
