import ArgumentParser
import MartletClient
import MartletModel

struct OperationList: HostVerb {
    static let configuration = CommandConfiguration(commandName: "list", abstract: "List the operations, newest first.")
    static let uses: [OperationID] = [.listOperations]

    @Option(help: "Only those in this state.")
    var state: MartletModel.Operation.State?

    @OptionGroup var host: HostOptions
    @OptionGroup var output: OutputOptions

    func run(on session: HostSession) async throws {
        try session.print(try await session.client.listOperations(state: state), output)
    }
}
