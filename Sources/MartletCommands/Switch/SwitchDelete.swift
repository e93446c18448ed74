import ArgumentParser
import MartletClient
import MartletModel

struct SwitchDelete: HostVerb {
    static let configuration = CommandConfiguration(
        commandName: "delete",
        abstract: "Delete switches; an adapter of the host gets back what it had.",
        discussion: "A switch that machines have adapters on is refused, and so is the default."
    )
    static let uses: [OperationID] = [.deleteSwitch, .getOperation]

    @Argument(help: "The switches.")
    var names: [String]

    @OptionGroup var wait: WaitOptions
    @OptionGroup var host: HostOptions
    @OptionGroup var output: OutputOptions

    func run(on session: HostSession) async throws {
        try await session.perform(names, noWait: wait.noWait, output: output) { client, name in
            try await client.deleteSwitch(name)
        } result: { _, operation in
            operation
        } told: {
            "\(Printable.escape($0.title)): done"
        }
    }
}
