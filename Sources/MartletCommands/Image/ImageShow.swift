import ArgumentParser
import MartletClient

struct ImageShow: HostVerb {
    static let configuration = CommandConfiguration(commandName: "show", abstract: "Show all about an image.")
    static let uses: [OperationID] = [.getImage]

    @Argument(help: "The image.")
    var name: String

    @OptionGroup var host: HostOptions
    @OptionGroup var output: OutputOptions

    func run(on session: HostSession) async throws {
        try session.print(try await session.client.getImage(name), output)
    }
}
