import ArgumentParser
import MartletClient

struct SwitchList: HostVerb {
    static let configuration = CommandConfiguration(commandName: "list", abstract: "List the switches.")
    static let uses: [OperationID] = [.listSwitches]

    @OptionGroup var host: HostOptions
    @OptionGroup var output: OutputOptions

    func run(on session: HostSession) async throws {
        try session.print(try await session.client.listSwitches(), output)
    }
}
