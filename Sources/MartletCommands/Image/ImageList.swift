import ArgumentParser
import MartletClient

struct ImageList: HostVerb {
    static let configuration = CommandConfiguration(commandName: "list", abstract: "List the images, sorted by name.")
    static let uses: [OperationID] = [.listImages]

    @Option(help: "Only those whose name contains this.")
    var name: String?

    @OptionGroup var host: HostOptions
    @OptionGroup var output: OutputOptions

    func run(on session: HostSession) async throws {
        try session.print(try await session.client.listImages(name: name), output)
    }
}
