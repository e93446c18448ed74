import ArgumentParser
import MartletClient

struct TokenList: HostVerb {
    static let configuration = CommandConfiguration(
        commandName: "list",
        abstract: "List the tokens, without their secrets."
    )
    static let uses: [OperationID] = [.listTokens]

    @OptionGroup var host: HostOptions
    @OptionGroup var output: OutputOptions

    func run(on session: HostSession) async throws {
        try session.print(try await session.client.listTokens(), output)
    }
}
