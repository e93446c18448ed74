import ArgumentParser
import MartletClient

struct PoolShow: HostVerb {
    static let configuration = CommandConfiguration(commandName: "show", abstract: "Show all about a pool.")
    static let uses: [OperationID] = [.getPool]

    @Argument(help: "The pool.")
    var name: String

    @OptionGroup var host: HostOptions
    @OptionGroup var output: OutputOptions

    func run(on session: HostSession) async throws {
        try session.print(try await session.client.getPool(name), output)
    }
}
