import ArgumentParser
import MartletClient

struct VirtualMachineShow: HostVerb {
    static let configuration = CommandConfiguration(commandName: "show", abstract: "Show all about a machine.")
    static let uses: [OperationID] = [.getMachine]

    @Argument(help: "The machine.")
    var name: String

    @OptionGroup var host: HostOptions
    @OptionGroup var output: OutputOptions

    func run(on session: HostSession) async throws {
        try session.print(try await session.client.getMachine(name), output)
    }
}
