import ArgumentParser
import MartletClient

struct DiskShow: HostVerb {
    static let configuration = CommandConfiguration(commandName: "show", abstract: "Show all about a disk.")
    static let uses: [OperationID] = [.getDisk]

    @Argument(help: "The disk.")
    var name: String

    @OptionGroup var host: HostOptions
    @OptionGroup var output: OutputOptions

    func run(on session: HostSession) async throws {
        try session.print(try await session.client.getDisk(name), output)
    }
}
