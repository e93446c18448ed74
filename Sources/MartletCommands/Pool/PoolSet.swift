import ArgumentParser
import MartletClient
import MartletModel

struct PoolSet: HostVerb {
    static let configuration = CommandConfiguration(
        commandName: "set", abstract: "Change a pool: its name, or whether it is the default one.",
        discussion: "What --no-default takes from a pool goes back to the root's own.")
    static let uses: [OperationID] = [.updatePool]

    @Argument(help: "The pool.")
    var name: String

    @Option(name: .customLong("name"), help: "Another name.")
    var newName: String?

    @Flag(inversion: .prefixedNo, help: "Whether new disks lie here when nothing else is said.")
    var `default`: Bool?

    @OptionGroup var host: HostOptions
    @OptionGroup var output: OutputOptions

    func validate() throws {
        if newName == nil, `default` == nil { throw ValidationError("say what to change: --name, --default") }
    }

    func run(on session: HostSession) async throws {
        let (name, request) = (name, UpdatePoolRequest(name: newName, isDefault: `default`))
        try await session.performAtOnce([name], output: output) { client, _ in
            try await client.updatePool(name, request)
        } told: {
            $0.sentence
        }
    }
}
