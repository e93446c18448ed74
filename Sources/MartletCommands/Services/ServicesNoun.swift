import ArgumentParser
import MartletClient
import MartletModel

struct ServicesNoun: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "services",
        abstract: "The integration services of machines' guests.",
        subcommands: [ServicesList.self, ServicesInsert.self, ServicesEnable.self, ServicesDisable.self]
    )
}

/// Which services, and of which machines.
struct ServicesWords: ParsableArguments {
    @Argument(
        help: ArgumentHelp(
            "Machines and services (\(MachineSettingsOptions.names(GuestService.self))), in any order.",
            valueName: "machine-or-service"))
    var words: [String] = []

    @OptionGroup var choice: MachineChoice

    var services: Set<GuestService> { Set(words.compactMap(GuestService.init)) }
    var machines: [String] { words.filter { GuestService(rawValue: $0) == nil } }

    func validate() throws {
        try choice.validate(with: machines)
        if services.isEmpty {
            throw ValidationError("name a service: \(MachineSettingsOptions.names(GuestService.self))")
        }
    }

    /// Changes which services of the machines are off, and tells of each machine.
    func change(
        on session: HostSession, output: OutputOptions,
        _ change: @escaping @Sendable (Set<GuestService>) -> Set<GuestService>
    ) async throws {
        let names = try await choice.machines(machines, in: nil, session)
        try await session.performAtOnce(names, output: output) { client, name in
            let machine = try await client.getMachine(name)
            var settings = VirtualMachineSettings()
            settings.disabledServices = change(Set(machine.configuration.disabledServices)).sorted {
                $0.rawValue < $1.rawValue
            }
            return try await client.updateMachine(
                machine.id.description, revision: machine.revision, UpdateVirtualMachineRequest(settings: settings))
        } told: { machine in
            let off = machine.configuration.disabledServices.map(\.rawValue).joined(separator: ", ")
            return
                "\(Printable.escape(machine.name)) has \(off.isEmpty ? "all services on" : "these services off: \(off)")"
        }
    }
}
