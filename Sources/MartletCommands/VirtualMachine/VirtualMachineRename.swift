import ArgumentParser
import MartletClient
import MartletModel

struct VirtualMachineRename: HostVerb {
    static let configuration = CommandConfiguration(
        commandName: "rename",
        abstract: "Give a machine another name.",
        discussion: "Also while it runs. Its folder and its disks keep their names."
    )
    static let uses: [OperationID] = [.getMachine, .updateMachine]

    @Argument(help: "The machine.")
    var name: String

    @Argument(help: "What it is called from now on: 1 to 100 characters.")
    var newName: String

    @OptionGroup var host: HostOptions
    @OptionGroup var output: OutputOptions

    func run(on session: HostSession) async throws {
        let (name, newName) = (name, newName)
        try await session.performAtOnce([name], output: output) { client, name in
            let machine = try await client.getMachine(name)
            return try await client.updateMachine(
                machine.id.description, revision: machine.revision,
                UpdateVirtualMachineRequest(name: newName, settings: VirtualMachineSettings()))
        } told: {
            "\(Printable.escape(name)) is called \(Printable.escape($0.name))"
        }
    }
}
