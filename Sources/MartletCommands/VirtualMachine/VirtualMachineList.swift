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

    @Flag(help: "Show it anew every two seconds, until Ctrl-C.")
    var watch = false

    @Option(
        name: .customLong("label"),
        help: ArgumentHelp("Only those with this label, such as env=test or env; may be repeated."),
        transform: { try LabelSelector($0) }
    )
    var labels: [LabelSelector] = []

    @OptionGroup var host: HostOptions
    @OptionGroup var output: OutputOptions

    func run(on session: HostSession) async throws {
        while true {
            try await show(on: session)
            guard watch else { return }
            try await Task.sleep(for: .seconds(2))
        }
    }

    private func show(on session: HostSession) async throws {
        if output.output == .table {
            let lines = try await session.client.listMachines(
                name: name, state: state, labels: labels, as: MachineLine.self)
            // To the upper left corner, and nothing below: the table before is overwritten.
            if watch, session.streams.isOutputTerminal { try session.streams.print("\u{1B}[H\u{1B}[J") }
            try session.print(lines, output)
        } else {
            try session.print(try await session.client.listMachines(name: name, state: state, labels: labels), output)
        }
    }
}
