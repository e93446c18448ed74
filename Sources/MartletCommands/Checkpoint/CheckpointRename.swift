import ArgumentParser
import MartletClient
import MartletModel

struct CheckpointRename: HostVerb {
    static let configuration = CommandConfiguration(
        commandName: "rename",
        abstract: "Give a checkpoint another name or other notes.",
        discussion: """
            martlet checkpoint rename web "web - (2026-11-23 - 08:35:04)" good --notes "all tests passed"
            """
    )
    static let uses: [OperationID] = [.updateCheckpoint]

    @Argument(help: "The machine.")
    var machine: String

    @Argument(help: "The checkpoint.")
    var checkpoint: String

    @Argument(help: "Its new name; the one it has by default.")
    var newName: String?

    @Option(help: ArgumentHelp("A text of yours that is kept with it.", valueName: "text"))
    var notes: String?

    @OptionGroup var host: HostOptions
    @OptionGroup var output: OutputOptions

    func validate() throws {
        if newName == nil, notes == nil {
            throw ValidationError("there is nothing to change; give a new name or --notes")
        }
    }

    func run(on session: HostSession) async throws {
        let (machine, request) = (machine, UpdateCheckpointRequest(name: newName, notes: notes))
        try await session.performAtOnce([checkpoint], output: output) { client, checkpoint in
            try await client.updateCheckpoint(machine, checkpoint, request)
        } told: {
            "\(Printable.escape($0.name)) (\($0.id))"
        }
    }
}
