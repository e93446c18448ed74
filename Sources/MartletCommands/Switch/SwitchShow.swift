import ArgumentParser
import MartletClient
import MartletModel

struct SwitchShow: HostVerb {
    static let configuration = CommandConfiguration(
        commandName: "show", abstract: "Show all about a switch: who is plugged in, leases, forwarded ports.")
    static let uses: [OperationID] = [.getSwitch, .getSwitchStatus, .listMachines]

    @Argument(help: "The switch.")
    var name: String

    @OptionGroup var host: HostOptions
    @OptionGroup var output: OutputOptions

    func run(on session: HostSession) async throws {
        let found = try await session.client.getSwitch(name)
        let status = try await session.client.getSwitchStatus(found.id.description)
        let machines = try await session.client.listMachines(as: MachineLine.self)
        try session.print(SwitchReport(found, status, names: MachineNames(machines)), output)
    }
}
