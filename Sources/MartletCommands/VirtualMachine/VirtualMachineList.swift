import ArgumentParser
import MartletClient
import MartletModel

struct VirtualMachineList: HostVerb {
    static let configuration = CommandConfiguration(commandName: "list", abstract: "List the machines, sorted by name.")
    static let uses: [OperationID] = [.listMachines]

    @Option(help: "Only those whose name contains this.")
    var name: String?

    @Option(help: "Only those in this state.")
    var state: VirtualMachineState?

    @Option(
        name: .customLong("label"),
        help: ArgumentHelp("Only those with this label, such as env=test or env; may be repeated."),
        transform: { try LabelSelector($0) }
    )
    var labels: [LabelSelector] = []

    @OptionGroup var host: HostOptions
    @OptionGroup var output: OutputOptions

    func run(on session: HostSession) async throws {
        if output.output == .table {
            let lines = try await session.client.listMachines(
                name: name, state: state, labels: labels, as: MachineLine.self)
            try session.print(lines, output)
        } else {
            try session.print(try await session.client.listMachines(name: name, state: state, labels: labels), output)
        }
    }
}
