import ArgumentParser
import MartletClient

struct SwitchShow: HostVerb {
    static let configuration = CommandConfiguration(commandName: "show", abstract: "Show all about a switch.")
    static let uses: [OperationID] = [.getSwitch]

    @Argument(help: "The switch.")
    var name: String

    @OptionGroup var host: HostOptions
    @OptionGroup var output: OutputOptions

    func run(on session: HostSession) async throws {
        try session.print(try await session.client.getSwitch(name), output)
    }
}
