import ArgumentParser
import MartletClient
import MartletModel

struct VirtualMachineSet: HostVerb {
    static let configuration = CommandConfiguration(
        commandName: "set",
        abstract: "Change a machine.",
        discussion: """
            What isn't given stays. What can't be changed while the machine runs is said by name, and nothing is changed then; nor is \
            it when somebody else changes the machine at the same moment. What a running guest could meet in part alone is told, and the \
            exit code is then 1.
            """
    )
    static let uses: [OperationID] = [.getMachine, .updateMachine]

    @Argument(help: "The machine.")
    var name: String

    @OptionGroup var settings: MachineSettingsOptions
    @OptionGroup var host: HostOptions
    @OptionGroup var output: OutputOptions

    func validate() throws {
        if settings.settings(of: nil) == VirtualMachineSettings() {
            throw ValidationError("give what to change, such as --memory, --cpus or --notes")
        }
    }

    func run(on session: HostSession) async throws {
        let machine = try await session.client.getMachine(name)
        let changed = try await session.client.updateMachine(
            machine.id.description,
            revision: machine.revision,
            UpdateVirtualMachineRequest(settings: settings.settings(of: machine.configuration))
        )
        try session.print(changed, output)
        for message in changed.messages { session.streams.tell("martlet: \(Printable.escape(message))\n") }
        if !changed.messages.isEmpty { throw ReportedFailure(status: .failed) }
    }
}
