package import MartletLinux
import MartletModel
import Subprocess
import SystemPackage

/// A whole Debian host to test in, as a guest of this one: see `scripts/guest-host`.
package struct GuestHost: Sendable {
    private let folder: String

    /// Boots one, runs the body, and pulls its plug whatever happens.
    ///
    /// - Parameter memory: in MiB.
    package static func with<Result>(
        memory: Int = 2_048, _ body: (GuestHost) async throws -> Result
    ) async throws -> Result {
        let scratch = try ScratchFolder()
        let host = GuestHost(folder: "\(scratch.path)/host")
        do {
            try await host.script("start", environment: ["GUEST_HOST_MEMORY": "\(memory)"])
            let result = try await body(host)
            try await host.script("kill")
            return result
        } catch {
            let console = String(
                decoding: (try? BoundedFile.tail("\(host.folder)/serial.log", count: 2_000)) ?? [], as: UTF8.self)
            _ = try? await host.script("kill")
            throw MartletError(.internal, "\(error)\nthe host's console ends with:\n\(console)")
        }
    }

    /// Runs a shell command in it as root; what it ends with is the outcome's.
    package func run(_ command: String) async throws -> Programs.Outcome {
        try await Self.guestHost(["ssh", folder, command])
    }

    /// As `run`, and it must succeed.
    ///
    /// - Returns: what it printed.
    @discardableResult
    package func succeeds(_ command: String) async throws -> String {
        let outcome = try await run(command)
        guard outcome.code == 0 else { throw MartletError(.commandFailed, "\(command): \(outcome)") }
        return outcome.output
    }

    /// Runs programs in it, as drivers do; their arguments are words for its shell.
    package var runner: CommandRunner {
        let script = "\(Programs.repository)/scripts/guest-host"
        return CommandRunner(timeLimit: .seconds(300), launcher: ["env", "HOME=/root", script, "ssh", folder])
    }

    /// Copies files into a folder of it.
    package func put(_ files: [String], in target: String) async throws {
        try await script("put", files + [target])
    }

    /// Shuts it down in order and boots it again.
    package func reboot() async throws {
        try await script("power-off")
        try await script("start")
    }

    @discardableResult
    private func script(
        _ verb: String, _ arguments: [String] = [], environment: [String: String] = [:]
    ) async throws -> Programs.Outcome {
        let outcome = try await Self.guestHost([verb, folder] + arguments, environment)
        guard outcome.code == 0 else { throw MartletError(.commandFailed, "guest-host \(verb): \(outcome)") }
        return outcome
    }

    private static func guestHost(
        _ arguments: [String], _ environment: [String: String] = [:]
    ) async throws -> Programs.Outcome {
        try await Programs.script("guest-host", arguments, environment: environment)
    }
}

extension Programs {
    /// Runs one of the repository's scripts to its end.
    package static func script(
        _ name: String, _ arguments: [String], environment: [String: String] = [:]
    ) async throws -> Outcome {
        let variables = environment.map { "\($0.key)=\($0.value)" }
        return try await system("env", variables + ["\(repository)/scripts/\(name)"] + arguments)
    }

    /// Runs a program of the system to its end.
    package static func system(_ program: String, _ arguments: [String]) async throws -> Outcome {
        let result = try await Subprocess.run(
            .name(program),
            arguments: Arguments(arguments),
            environment: .custom(["PATH": "/usr/sbin:/usr/bin:/sbin:/bin", "LC_ALL": "C.UTF-8", "HOME": "/root"]),
            input: .none,
            output: .string(limit: 1 << 24),
            error: .string(limit: 1 << 20)
        )
        let code =
            switch result.terminationStatus {
            case .exited(let code): Int(code)
            case .signaled(let signal): 128 + Int(signal)
            }
        return Outcome(code: code, output: result.standardOutput, errors: result.standardError)
    }
}
