import ArgumentParser
import MartletClient
import MartletModel

struct SwitchForwardRemove: HostVerb {
    static let configuration = CommandConfiguration(
        commandName: "remove", abstract: "Take a forwarded port away.",
        discussion: "  martlet switch forward remove nat --host-port 2222"
    )
    static let uses: [OperationID] = [.removeForward, .listMachines]

    @Argument(help: "The switch.")
    var name: String

    @Option(help: "Of which transport: tcp or udp.")
    var transport: PortForward.Transport = .tcp

    @Option(name: .customLong("protocol"), help: .hidden)
    var alias: PortForward.Transport?

    @Option(help: ArgumentHelp("The host's port.", valueName: "port"))
    var hostPort: UInt16

    @Option(help: ArgumentHelp("The address that it is for; any by default.", valueName: "address"))
    var hostAddress: String?

    @OptionGroup var host: HostOptions
    @OptionGroup var output: OutputOptions

    func run(on session: HostSession) async throws {
        let changed = try await session.client.removeForward(
            name, alias ?? transport, hostPort: hostPort, hostAddress: hostAddress)
        let names = MachineNames(try await session.client.listMachines(as: MachineLine.self))
        try session.print(changed.forwards.map { ForwardLine($0, names) }, output)
    }
}
