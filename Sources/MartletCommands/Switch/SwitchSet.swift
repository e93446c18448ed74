import ArgumentParser
import MartletClient
import MartletModel

struct SwitchSet: HostVerb {
    static let configuration = CommandConfiguration(
        commandName: "set", abstract: "Rename a switch, or make it the default.",
        discussion: "  martlet switch set lab --name laboratory --default"
    )
    static let uses: [OperationID] = [.updateSwitch]

    @Argument(help: "The switch.")
    var switchName: String

    @Option(help: "Another name.")
    var name: String?

    @Flag(name: .customLong("default"), help: "New machines get an adapter here when none is named.")
    var isDefault = false

    @OptionGroup var host: HostOptions
    @OptionGroup var output: OutputOptions

    func validate() throws {
        if name == nil, !isDefault { throw ValidationError("give what to change: --name or --default") }
    }

    func run(on session: HostSession) async throws {
        let request = UpdateVirtualSwitchRequest(name: name, isDefault: isDefault ? true : nil)
        try session.print(try await session.client.updateSwitch(switchName, request), output)
    }
}
