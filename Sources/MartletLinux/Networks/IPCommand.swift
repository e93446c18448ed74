import FoundationEssentials
import MartletModel

/// iproute2's `ip`.
struct IPCommand: Sendable {
    let runner: CommandRunner

    /// All interfaces.
    ///
    /// - Throws: `commandFailed`, `notFound`, `timedOut`.
    func links() async throws(MartletError) -> [IPLink] {
        try await decode(["-json", "-details", "address", "show"])
    }

    /// One interface; nil when there is none of this name.
    ///
    /// Asks for all: of one that isn't there, `ip` says so only in words and in a code that means other failures too.
    /// - Throws: as `links`.
    func link(_ name: String) async throws(MartletError) -> IPLink? {
        try await links().first { $0.name == name }
    }

    /// The IPv4 routes of all tables.
    ///
    /// - Throws: as `links`.
    func routes() async throws(MartletError) -> [IPRoute] {
        try await decode(["-json", "-4", "route", "show", "table", "all"])
    }

    /// Carries out several commands with one process, up to the first that fails.
    ///
    /// - Throws: as `links`.
    func batch(_ commands: [String]) async throws(MartletError) {
        try await runner.runText("ip", ["-batch", "-"], input: commands.joined(separator: "\n") + "\n")
    }

    /// Removes an interface; one that isn't there is done already.
    ///
    /// - Throws: as `links`.
    func delete(_ name: String) async throws(MartletError) {
        do throws(MartletError) {
            try await batch(["link delete dev \(name)"])
        } catch {
            if try await link(name) != nil { throw error }
        }
    }

    private func decode<Value: Decodable>(_ arguments: [String]) async throws(MartletError) -> [Value] {
        let output = try await runner.run("ip", arguments)
        // Without a single entry it prints nothing at all.
        if output.allSatisfy({ $0 == UInt8(ascii: "\n") || $0 == UInt8(ascii: " ") }) { return [] }
        do {
            return try JSONDecoder().decode([Value].self, from: Data(output))
        } catch {
            throw MartletError(.commandFailed, "'ip' printed JSON of an unexpected form", cause: error)
        }
    }
}
