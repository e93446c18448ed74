import ArgumentParser
import MartletClient
import MartletModel

struct AdapterList: HostVerb {
    static let configuration = CommandConfiguration(commandName: "list", abstract: "List a machine's adapters.")
    static let uses: [OperationID] = [.getMachine, .listSwitches]

    @Argument(help: "The machine.")
    var machine: String

    @OptionGroup var host: HostOptions
    @OptionGroup var output: OutputOptions

    func run(on session: HostSession) async throws {
        let found = try await session.client.getMachine(machine)
        try session.print(AdapterLine.all(of: found, try await session.client.listSwitches()), output)
    }
}
