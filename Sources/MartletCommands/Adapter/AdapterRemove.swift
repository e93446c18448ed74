import ArgumentParser
import MartletClient
import MartletModel

struct AdapterRemove: HostVerb {
    static let configuration = CommandConfiguration(
        commandName: "remove",
        abstract: "Take an adapter from a machine; a guest that runs is asked to let it go.",
        discussion: """
            A guest that doesn't within half a minute keeps it, and this fails.

              martlet adapter remove web 1
            """
    )
    static let uses: [OperationID] = [.removeAdapter, .getOperation]

    @Argument(help: "The machine.")
    var machine: String

    @Argument(help: "The adapter's number, as `adapter list` shows it, or its hardware address.")
    var adapter: String

    @OptionGroup var wait: WaitOptions
    @OptionGroup var host: HostOptions
    @OptionGroup var output: OutputOptions

    func run(on session: HostSession) async throws {
        let command = self
        try await session.performOne(noWait: wait.noWait, output: output) { client, _ in
            try await client.removeAdapter(command.machine, command.adapter)
        } result: { _, operation in
            operation
        } told: {
            ([$0.sentence] + $0.messages.map(Printable.escape)).joined(separator: "\n")
        }
    }
}
