import ArgumentParser
import MartletClient
import MartletModel

struct CheckpointDelete: HostVerb {
    static let configuration = CommandConfiguration(
        commandName: "delete",
        abstract: "Delete checkpoints of a machine, which may run.",
        discussion: """
            What the machine's disks are now stays. What only the checkpoint needed goes, and what it had in common with others \
            is merged into one file. That can be cancelled (`martlet operation cancel`) and gone on with later (`martlet \
            checkpoint merge`). On a terminal it asks first.

              martlet checkpoint delete web "before the update" --bandwidth 50MiB
            """
    )
    static let uses: [OperationID] = [.deleteCheckpoint, .getOperation]

    @Argument(help: "The machine.")
    var machine: String

    @Argument(help: "The checkpoint.")
    var checkpoint: String

    @Flag(help: "With all that came from it.")
    var subtree = false

    @Option(help: ArgumentHelp("How much is merged in a second, such as 50MiB.", valueName: "size"))
    var bandwidth: ByteCount?

    @Flag(help: "Don't ask.")
    var yes = false

    @OptionGroup var wait: WaitOptions
    @OptionGroup var host: HostOptions
    @OptionGroup var output: OutputOptions

    func run(on session: HostSession) async throws {
        let command = self
        let what = "the checkpoint '\(Printable.escape(checkpoint))' of '\(Printable.escape(machine))'"
        try Question(streams: session.streams, isAnswered: yes).ask(
            "Delete \(what)\(subtree ? " and all that came from it" : "")?")
        try await session.performOne(noWait: wait.noWait, output: output) { client, _ in
            try await client.deleteCheckpoint(
                command.machine, command.checkpoint, subtree: command.subtree, bandwidth: command.bandwidth)
        } result: { _, operation in
            operation
        } told: {
            ([$0.sentence] + $0.messages.map(Printable.escape)).joined(separator: "\n")
        }
    }
}
