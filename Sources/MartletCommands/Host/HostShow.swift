import ArgumentParser
import MartletClient

struct HostShow: HostVerb {
    static let configuration = CommandConfiguration(
        commandName: "show",
        abstract: "Show what the host is and how it does.",
        discussion: "It has the address and the fingerprint that --url and --fingerprint need on other machines."
    )
    static let uses: [OperationID] = [.getHost]

    @OptionGroup var host: HostOptions
    @OptionGroup var output: OutputOptions

    func run(on session: HostSession) async throws {
        try session.print(try await session.client.getHost(), output)
    }
}
