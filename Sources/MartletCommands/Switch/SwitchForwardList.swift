import ArgumentParser
import MartletClient
import MartletModel

struct SwitchForwardList: HostVerb {
    static let configuration = CommandConfiguration(
        commandName: "list", abstract: "List the ports that a switch forwards.")
    static let uses: [OperationID] = [.getSwitch, .listMachines]

    @Argument(help: "The switch.")
    var name: String

    @OptionGroup var host: HostOptions
    @OptionGroup var output: OutputOptions

    func run(on session: HostSession) async throws {
        let found = try await session.client.getSwitch(name)
        let names = MachineNames(try await session.client.listMachines(as: MachineLine.self))
        try session.print(found.forwards.map { ForwardLine($0, names) }, output)
    }
}
