import ArgumentParser
import MartletClient

struct HostDocument: HostVerb {
    static let configuration = CommandConfiguration(
        commandName: "api",
        abstract: "Print the OpenAPI document of the host's REST API."
    )
    static let uses: [OperationID] = [.getDocument]

    @OptionGroup var host: HostOptions

    func run(on session: HostSession) async throws {
        let document = try await session.client.getDocument()
        try session.streams.output(document + (document.last == UInt8(ascii: "\n") ? [] : [UInt8(ascii: "\n")]))
    }
}
