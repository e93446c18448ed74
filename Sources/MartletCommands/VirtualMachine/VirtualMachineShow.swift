import ArgumentParser
import MartletClient
import MartletModel

struct VirtualMachineShow: HostVerb {
    static let configuration = CommandConfiguration(commandName: "show", abstract: "Show all about a machine.")
    static let uses: [OperationID] = [.getMachine, .listDisks, .listSwitches]

    @Argument(help: "The machine.")
    var name: String

    @OptionGroup var host: HostOptions
    @OptionGroup var output: OutputOptions

    func run(on session: HostSession) async throws {
        async let disks = session.client.listDisks()
        async let switches = session.client.listSwitches()
        let machine = try await session.client.getMachine(name)
        try session.print(MachineSheet(machine: machine, disks: try await disks, switches: try await switches), output)
    }
}
