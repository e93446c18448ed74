import ArgumentParser
import MartletClient

struct CheckpointShow: HostVerb {
    static let configuration = CommandConfiguration(commandName: "show", abstract: "Show all about a checkpoint.")
    static let uses: [OperationID] = [.getCheckpoint]

    @Argument(help: "The machine.")
    var machine: String

    @Argument(help: "The checkpoint.")
    var checkpoint: String

    @OptionGroup var host: HostOptions
    @OptionGroup var output: OutputOptions

    func run(on session: HostSession) async throws {
        try session.print(try await session.client.getCheckpoint(machine, checkpoint), output)
    }
}
