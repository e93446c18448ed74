import MartletClient
import MartletModel
import MartletTestSupport

/// The shell of the small Linux guest, on a machine's serial console.
struct NetworkGuest {
    let lab: DaemonLab
    let machine: String

    /// Makes a machine with the guest, starts it, waits for it and logs in.
    static func start(_ lab: DaemonLab, _ machine: String, _ options: String...) async throws -> NetworkGuest {
        let guest = try Programs.guest()
        let arguments =
            [
                "vm", "create", machine, "--generation", "direct", "--kernel", guest.kernel, "--initrd",
                guest.initrd ?? "", "--append", guest.append, "--memory", "256MiB", "--start",
            ] + options
        let outcome = try await Programs.run("martlet", ["--root", lab.root] + arguments)
        guard outcome.code == 0 else { throw MartletError(.commandFailed, "\(outcome)") }
        let shell = NetworkGuest(lab: lab, machine: machine)
        _ = try await shell.output(until: "martlet login:")
        try await shell.type("root\n")
        _ = try await shell.output(until: "Password:")
        try await shell.type("martlet\n")
        _ = try await shell.output(until: "root@martlet")
        return shell
    }

    /// Runs a command and returns what it printed.
    func run(_ command: String) async throws -> String {
        let mark = "\(UInt32.random(in: 10_000_000...99_999_999))"
        // What is typed is echoed, and doesn't hold the marks as they are printed.
        try await type("echo b''egin-\(mark); \(command); echo e''nd-\(mark)\n")
        let seen = try await output(until: "end-\(mark)")
        let after = seen.split(separator: "begin-\(mark)", maxSplits: 1).last ?? ""
        return String(after.split(separator: "end-\(mark)")[0]).replacing("\r", with: "")
    }

    private func type(_ text: String) async throws {
        try await lab.client { try await $0.writeConsole(machine, Array(text.utf8)) }
    }

    private func output(until text: String) async throws -> String {
        try await lab.client { client in
            var seen = ""
            for try await bytes in try await client.readConsole(machine, historyInBytes: 1 << 16) {
                seen += String(decoding: bytes, as: UTF8.self)
                if seen.contains(text) { return seen }
            }
            throw NeverHappened(what: "'\(text)' on the console", limit: .zero, lastSeen: seen)
        }
    }
}
