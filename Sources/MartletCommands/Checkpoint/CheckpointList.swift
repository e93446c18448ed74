import ArgumentParser
import MartletClient

struct CheckpointList: HostVerb {
    static let configuration = CommandConfiguration(
        commandName: "list", abstract: "List a machine's checkpoints as a tree; * is where the machine comes from.")
    static let uses: [OperationID] = [.listCheckpoints]

    @Argument(help: "The machine.")
    var machine: String

    @OptionGroup var host: HostOptions
    @OptionGroup var output: OutputOptions

    func run(on session: HostSession) async throws {
        try session.print(CheckpointLine.tree(try await session.client.listCheckpoints(machine)), output)
    }
}
