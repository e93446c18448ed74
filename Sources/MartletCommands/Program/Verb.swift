import ArgumentParser
import MartletClient
import MartletModel

/// A verb of the command line, such as `vm list`: the leaf of the tree of commands that does something.
protocol Verb: AsyncParsableCommand, Sendable {
    /// The routes of the API that it may ask; a test compares this with what it really asks.
    static var uses: [OperationID] { get }

    func run(in context: CommandContext) async throws
}

extension Verb {
    /// For the parser alone: `CommandProgram` gives verbs their context.
    mutating func run() async throws { try await run(in: .process) }
}

/// A verb that talks to a host.
protocol HostVerb: Verb {
    associatedtype Choice: HostChoice
    var host: Choice { get }

    func run(on session: HostSession) async throws
}

extension HostVerb {
    func run(in context: CommandContext) async throws {
        let target = try host.target(in: context)
        try await Credentials(context: context).use(target) { client in
            try await run(on: HostSession(client: client, context: context, kept: target.context))
        }
    }
}

/// What a verb has at hand while it talks to a host.
struct HostSession: Sendable {
    let client: HostClient
    let context: CommandContext
    /// What the host was named by; nil for this machine's, and for one that was given by its address.
    var kept: HostContext?

    var streams: StandardStreams { context.streams }

    /// Prints a list in the format asked for.
    func print<Item: Tabular>(_ items: [Item], _ output: OutputOptions) throws {
        try streams.print(Renderer(output, now: context.now()).list(items))
    }

    /// Prints one thing in the format asked for.
    func print<Item: Tabular>(_ item: Item, _ output: OutputOptions) throws {
        try streams.print(Renderer(output, now: context.now()).one(item))
    }
}
