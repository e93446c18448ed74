import MartletClient
import MartletLinux
import MartletModel
import MartletTestSupport

/// Somebody at a guest's serial console.
struct GuestConsole: Sendable {
    let lab: DaemonLab
    let machine: String

    /// Makes a machine that boots the small guest.
    static func create(_ name: String, on lab: DaemonLab, _ options: String...) async throws -> GuestConsole {
        try await create(name, on: lab, options)
    }

    private static func create(_ name: String, on lab: DaemonLab, _ options: [String]) async throws -> GuestConsole {
        let guest = try Programs.guest()
        let arguments = [
            "--root", lab.root, "vm", "create", name, "--generation", "direct", "--kernel", guest.kernel, "--initrd",
            guest.initrd ?? "", "--append", guest.append, "--memory", "256MiB", "--no-network",
        ]
        let outcome = try await Programs.run("martlet", arguments + options)
        guard outcome.code == 0 else { throw MartletError(.commandFailed, "\(outcome)") }
        return GuestConsole(lab: lab, machine: name)
    }

    /// Makes and starts a machine with the small guest, and logs in.
    static func start(_ name: String, on lab: DaemonLab, _ options: String...) async throws -> GuestConsole {
        let console = try await create(name, on: lab, options)
        try await lab.martletSucceeds("vm", "start", name)
        try await console.logIn()
        return console
    }

    func logIn() async throws {
        _ = try await read(until: "martlet login:")
        try await type("root\n")
        _ = try await read(until: "Password:")
        try await type("martlet\n")
        _ = try await read(until: "root@martlet")
    }

    func type(_ text: String) async throws {
        let machine = machine
        try await lab.client { try await $0.writeConsole(machine, Array(text.utf8)) }
    }

    /// Runs a command in the guest's shell and returns what it printed.
    func run(_ command: String) async throws -> String {
        let mark = try SecureRandom.hex(byteCount: 4)
        // The marks are put together in the guest, so that the echo of what was typed is not taken for them.
        try await type("echo begin-''\(mark); \(command); echo end-''\(mark)\n")
        let seen = try await read(until: "end-\(mark)")
        let begin = seen.ranges(of: "begin-\(mark)").last?.upperBound ?? seen.startIndex
        return String(seen[begin...].prefix(upTo: seen.ranges(of: "end-\(mark)").last?.lowerBound ?? seen.endIndex))
    }

    func read(until text: String) async throws -> String {
        let machine = machine
        return try await lab.client { client in
            var seen = ""
            for try await bytes in try await client.readConsole(machine, historyInBytes: 1 << 20) {
                seen += String(decoding: bytes, as: UTF8.self)
                if seen.contains(text) { return seen }
            }
            throw NeverHappened(what: "'\(text)' on the console", limit: .zero, lastSeen: seen)
        }
    }
}
