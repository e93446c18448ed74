import ArgumentParser
import MartletClient
import MartletModel

struct SwitchForwardAdd: HostVerb {
    static let configuration = CommandConfiguration(
        commandName: "add",
        abstract: "Let a port of the host lead to a machine.",
        discussion: """
            The machine keeps its address on the switch, whether it runs or not. A port that a program of the host listens on is refused.

              martlet switch forward add nat --host-port 2222 --to web:22
            """
    )
    static let uses: [OperationID] = [.addForward, .listMachines]

    @Argument(help: "The switch, of kind nat.")
    var name: String

    @Option(help: "Of which transport: tcp or udp.")
    var transport: PortForward.Transport = .tcp

    @Option(name: .customLong("protocol"), help: .hidden)
    var alias: PortForward.Transport?

    @Option(help: ArgumentHelp("The host's port.", valueName: "port"))
    var hostPort: Int

    @Option(help: ArgumentHelp("A machine and its port, such as web:22.", valueName: "machine:port"))
    var to: MachinePort

    @Option(help: ArgumentHelp("The host's address that it is for; all of them by default.", valueName: "address"))
    var hostAddress: String?

    @OptionGroup var host: HostOptions
    @OptionGroup var output: OutputOptions

    func run(on session: HostSession) async throws {
        let request = PortForwardRequest(
            transport: alias ?? transport, hostAddress: hostAddress, hostPort: hostPort, machine: to.machine,
            port: to.port)
        let changed = try await session.client.addForward(name, request)
        let names = MachineNames(try await session.client.listMachines(as: MachineLine.self))
        try session.print(changed.forwards.map { ForwardLine($0, names) }, output)
    }
}

/// A machine and a port of it, as `web:22`.
struct MachinePort: ExpressibleByArgument, Sendable {
    var machine: String
    var port: Int

    init?(argument: String) {
        guard let colon = argument.lastIndex(of: ":"), let port = Int(argument[argument.index(after: colon)...]),
            colon > argument.startIndex
        else { return nil }
        machine = String(argument[..<colon])
        self.port = port
    }
}
