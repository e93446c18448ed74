import ArgumentParser
import MartletClient

struct OperationShow: HostVerb {
    static let configuration = CommandConfiguration(
        commandName: "show",
        abstract: "Show all about an operation: its steps, and why it failed."
    )
    static let uses: [OperationID] = [.getOperation]

    @Argument(help: "The operation's id.")
    var id: String

    @OptionGroup var host: HostOptions
    @OptionGroup var output: OutputOptions

    func run(on session: HostSession) async throws {
        try session.print(try await session.client.getOperation(id), output)
    }
}
