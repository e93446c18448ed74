import MartletLinux
import MartletModel

/// A network of its own for a test: nothing in it is the host's.
struct NetworkNamespace {
    let name: String

    /// Runs programs in it.
    var runner: CommandRunner { CommandRunner(launcher: ["ip", "netns", "exec", name]) }

    @discardableResult
    func run(_ program: String, _ arguments: [String], input: String = "") async throws -> String {
        try await runner.runText(program, arguments, input: input)
    }

    /// Several `ip` commands at once.
    func ip(_ commands: String...) async throws {
        try await run("ip", ["-batch", "-"], input: commands.joined(separator: "\n") + "\n")
    }
}

/// Runs a test with as many networks as asked for, and removes them afterwards.
func withNamespaces<Value>(_ count: Int, _ body: ([NetworkNamespace]) async throws -> Value) async throws -> Value {
    let prefix = "mlt-test-\(try SecureRandom.hex(byteCount: 4))"
    var made: [NetworkNamespace] = []
    let result: Result<Value, any Error>
    do {
        for index in 0..<count {
            try await CommandRunner().run("ip", ["netns", "add", "\(prefix)-\(index)"])
            made.append(NetworkNamespace(name: "\(prefix)-\(index)"))
            try await made[index].ip("link set lo up")
            // A new one takes over what the host has.
            try await made[index].run("tee", ["/proc/sys/net/ipv4/ip_forward"], input: "0\n")
        }
        result = .success(try await body(made))
    } catch {
        result = .failure(error)
    }
    for namespace in made.reversed() { try await CommandRunner().run("ip", ["netns", "delete", namespace.name]) }
    return try result.get()
}
