import ArgumentParser
import MartletClient
import MartletModel

struct VirtualMachineSet: HostVerb {
    static let configuration = CommandConfiguration(
        commandName: "set",
        abstract: "Change a machine that is off.",
        discussion: "What isn't given stays. If somebody else changes it at the same moment, nothing is changed."
    )
    static let uses: [OperationID] = [.getMachine, .updateMachine]

    @Argument(help: "The machine.")
    var name: String

    @Option(help: "Memory, such as 512MiB or 4GiB.")
    var memory: ByteCount?

    @Option(help: "Virtual processors.")
    var cpus: Int?

    @Option(help: ArgumentHelp("A text of yours that is kept with it.", valueName: "text"))
    var notes: String?

    @OptionGroup var host: HostOptions
    @OptionGroup var output: OutputOptions

    func validate() throws {
        if memory == nil, cpus == nil, notes == nil {
            throw ValidationError("give what to change: --memory, --cpus or --notes")
        }
        if let cpus, cpus < 1 { throw ValidationError("--cpus \(cpus) is too few; give 1 or more") }
    }

    func run(on session: HostSession) async throws {
        let machine = try await session.client.getMachine(name)
        let changed = try await session.client.updateMachine(
            machine.id.description,
            revision: machine.revision,
            UpdateVirtualMachineRequest(notes: notes, memory: memory, cpus: cpus)
        )
        try session.print(changed, output)
    }
}
