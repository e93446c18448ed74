import ArgumentParser
import MartletClient
import MartletModel

struct CheckpointMerge: HostVerb {
    static let configuration = CommandConfiguration(
        commandName: "merge",
        abstract: "Merge what checkpoints that are gone have left.",
        discussion: "A deletion merges by itself; this goes on with one that was cancelled or failed."
    )
    static let uses: [OperationID] = [.mergeCheckpoints, .getOperation]

    @Argument(help: "The machine.")
    var machine: String

    @Option(help: ArgumentHelp("How much is merged in a second, such as 50MiB.", valueName: "size"))
    var bandwidth: ByteCount?

    @OptionGroup var wait: WaitOptions
    @OptionGroup var host: HostOptions
    @OptionGroup var output: OutputOptions

    func run(on session: HostSession) async throws {
        let (machine, bandwidth) = (machine, bandwidth)
        try await session.performOne(noWait: wait.noWait, output: output) { client, _ in
            try await client.mergeCheckpoints(machine, bandwidth: bandwidth)
        } result: { _, operation in
            operation
        } told: {
            $0.sentence
        }
    }
}
