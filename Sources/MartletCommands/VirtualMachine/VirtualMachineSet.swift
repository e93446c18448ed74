import ArgumentParser
import MartletClient
import MartletModel

struct VirtualMachineSet: HostVerb {
    static let configuration = CommandConfiguration(
        commandName: "set",
        abstract: "Change machines.",
        discussion: """
            What isn't given stays. What can't be changed while the machine runs is said by name, and nothing is changed then; nor is \
            it when somebody else changes the machine at the same moment. What a running guest could meet in part alone is told, and the \
            exit code is then 1.
            """
    )
    static let uses: [OperationID] = [.listMachines, .getMachine, .updateMachine]

    @Argument(help: "The machines, by name or id.")
    var names: [String] = []

    @Flag(help: "Every machine of the host.")
    var all = false

    @Option(
        help: ArgumentHelp("Those with this label, such as env=test or env; repeated, those with all of them."),
        transform: { try LabelSelector($0) }
    )
    var withLabel: [LabelSelector] = []

    @OptionGroup var settings: MachineSettingsOptions
    @OptionGroup var host: HostOptions
    @OptionGroup var output: OutputOptions

    func validate() throws {
        if !withLabel.isEmpty || all, !names.isEmpty {
            throw ValidationError("give names, or --all and --with-label, not both")
        }
        if withLabel.isEmpty, !all, names.isEmpty {
            throw ValidationError("name a machine, or choose some with --all or --with-label")
        }
        if settings.settings(of: nil) == VirtualMachineSettings() {
            throw ValidationError("give what to change, such as --memory, --cpus or --notes")
        }
    }

    func run(on session: HostSession) async throws {
        let settings = settings
        if names.count == 1 {
            let changed = try await Self.change(names[0], settings, session.client)
            try session.print(changed, output)
            for message in changed.messages { session.streams.tell("martlet: \(Printable.escape(message))\n") }
            if !changed.messages.isEmpty { throw ReportedFailure(status: .failed) }
            return
        }
        let names = try await chosen(session)
        try await session.performAtOnce(names, output: output) { client, name in
            try await Self.change(name, settings, client)
        } told: {
            "\(Printable.escape($0.name)) was changed"
        }
    }

    private func chosen(_ session: HostSession) async throws -> [String] {
        guard names.isEmpty else { return names }
        return try await MachineChoice.machines(labels: withLabel, in: nil, session)
    }

    private static func change(
        _ name: String, _ settings: MachineSettingsOptions, _ client: HostClient
    ) async throws -> VirtualMachine {
        let machine = try await client.getMachine(name)
        return try await client.updateMachine(
            machine.id.description,
            revision: machine.revision,
            UpdateVirtualMachineRequest(settings: settings.settings(of: machine.configuration))
        )
    }
}
