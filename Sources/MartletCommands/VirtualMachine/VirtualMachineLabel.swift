import ArgumentParser
import MartletClient
import MartletModel

struct VirtualMachineLabel: HostVerb {
    static let configuration = CommandConfiguration(
        commandName: "label",
        abstract: "Give machines labels, or take some away.",
        discussion: """
            What has '=' in it is a label; NAME= takes that label away. A machine with '=' in its name is given by its id.

              martlet vm label web db env=test owner=
              martlet vm label --label env=test site=lab
            """
    )
    static let uses: [OperationID] = [.listMachines, .getMachine, .updateMachine]

    @Argument(help: ArgumentHelp("Machines and labels, in any order.", valueName: "machine-or-label"))
    var words: [String] = []

    @OptionGroup var choice: MachineChoice
    @OptionGroup var host: HostOptions
    @OptionGroup var output: OutputOptions

    private var names: [String] { words.filter { !$0.contains("=") } }
    private var labels: [String] { words.filter { $0.contains("=") } }

    func validate() throws {
        try choice.validate(with: names)
        if labels.isEmpty { throw ValidationError("give a label such as env=test, or env= to take it away") }
        for text in labels where text.hasPrefix("=") || !text.contains("=") {
            throw ValidationError("'\(text)' is not NAME=VALUE; give for example env=test")
        }
    }

    func run(on session: HostSession) async throws {
        let labels = labels
        let names = try await choice.machines(names, in: nil, session)
        try await session.performAtOnce(names, output: output) { client, name in
            let machine = try await client.getMachine(name)
            var settings = VirtualMachineSettings()
            settings.labels = MachineSettingsOptions.labels(labels, over: machine.configuration.labels)
            return try await client.updateMachine(
                machine.id.description, revision: machine.revision, UpdateVirtualMachineRequest(settings: settings))
        } told: { machine in
            let text = machine.labelText
            return "\(Printable.escape(machine.name)) has \(text.isEmpty ? "no labels" : text)"
        }
    }
}

extension VirtualMachine {
    /// Its labels in a line, by name.
    var labelText: String {
        configuration.labels.sorted { $0.key < $1.key }.map { Printable.escape("\($0.key)=\($0.value)") }
            .joined(separator: " ")
    }
}
