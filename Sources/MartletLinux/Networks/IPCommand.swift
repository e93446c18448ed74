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

    /// The routes of an interface that somebody has set, those of the kernel's own making left out: lines as `ip route` takes them.
    ///
    /// - Throws: as `links`.
    func routeLines(of name: String, family: Int) async throws(MartletError) -> [String] {
        let text = try await runner.runText("ip", ["-\(family)", "route", "show", "table", "all", "dev", name])
        let automatic: Set<Substring> = ["local", "broadcast", "multicast", "anycast"]
        return text.split(separator: "\n").compactMap { line in
            // What a route looks like while its interface is down is no part of it.
            let words = line.split(separator: " ").filter { !["linkdown", "dead"].contains($0) }
            let isKernels = zip(words, words.dropFirst()).contains { $0 == "proto" && ["kernel", "ra"].contains($1) }
            guard let first = words.first, !automatic.contains(first), !isKernels else { return nil }
            // In a batch, the family of a bare `default` isn't clear.
            let target = first == "default" ? (family == 6 ? "::/0" : "0.0.0.0/0") : first
            return ([target] + words.dropFirst()).joined(separator: " ")
        }
    }

    /// The interface that leads to an address; nil when none does.
    ///
    /// - Throws: as `links`.
    func device(towards address: String) async throws(MartletError) -> String? {
        do throws(MartletError) {
            let routes: [IPRoute] = try await decode(["-json", "route", "get", address])
            return routes.first?.device
        } catch  where error.code == .commandFailed {
            return nil
        }
    }

    /// Carries out several commands with one process, up to the first that fails; or all of them with `force`, which never fails for
    /// one of them.
    ///
    /// - Throws: as `links`.
    func batch(_ commands: [String], force: Bool = false) async throws(MartletError) {
        let input = commands.joined(separator: "\n") + "\n"
        guard force else {
            try await runner.runText("ip", ["-batch", "-"], input: input)
            return
        }
        do throws(MartletError) {
            try await runner.runText("ip", ["-force", "-batch", "-"], input: input)
        } catch  where error.code == .commandFailed {}
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
