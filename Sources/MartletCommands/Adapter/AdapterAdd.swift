import ArgumentParser
import MartletClient
import MartletModel

struct AdapterAdd: HostVerb {
    static let configuration = CommandConfiguration(
        commandName: "add",
        abstract: "Give a machine an adapter, at once if it runs.",
        discussion: """
            martlet adapter add web --switch lab --address 10.20.0.7 --limit 100Mbit
            """
    )
    static let uses: [OperationID] = [.addAdapter, .getOperation]

    @Argument(help: "The machine.")
    var machine: String

    @OptionGroup var settings: AdapterOptions
    @OptionGroup var wait: WaitOptions
    @OptionGroup var host: HostOptions
    @OptionGroup var output: OutputOptions

    func run(on session: HostSession) async throws {
        let command = self
        try await session.performOne(noWait: wait.noWait, output: output) { client, _ in
            try await client.addAdapter(command.machine, command.settings.request)
        } result: { _, operation in
            operation
        } told: {
            ([$0.sentence] + $0.messages.map(Printable.escape)).joined(separator: "\n")
        }
    }
}
