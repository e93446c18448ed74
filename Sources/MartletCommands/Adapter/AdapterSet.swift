import ArgumentParser
import MartletClient
import MartletModel

struct AdapterSet: HostVerb {
    static let configuration = CommandConfiguration(
        commandName: "set",
        abstract: "Change an adapter, at once if the machine runs.",
        discussion: """
            What isn't given stays. The hardware address is changed while the machine is off.

              martlet adapter set web 0 --switch lan --vlan 20 --no-dhcp-guard
            """
    )
    static let uses: [OperationID] = [.setAdapter, .getOperation]

    @Argument(help: "The machine.")
    var machine: String

    @Argument(help: "The adapter's number, as `adapter list` shows it, or its hardware address.")
    var adapter: String

    @OptionGroup var settings: AdapterOptions
    @OptionGroup var wait: WaitOptions
    @OptionGroup var host: HostOptions
    @OptionGroup var output: OutputOptions

    func validate() throws {
        if settings.request == AdapterRequest() {
            throw ValidationError("give what to change, such as --switch or --limit")
        }
    }

    func run(on session: HostSession) async throws {
        let command = self
        try await session.performOne(noWait: wait.noWait, output: output) { client, _ in
            try await client.setAdapter(command.machine, command.adapter, command.settings.request)
        } result: { _, operation in
            operation
        } told: {
            ([$0.sentence] + $0.messages.map(Printable.escape)).joined(separator: "\n")
        }
    }
}
