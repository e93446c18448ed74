import ArgumentParser
import MartletClient
import MartletModel

struct HostGraph: HostVerb {
    static let configuration = CommandConfiguration(
        commandName: "graph",
        abstract: "Draw what the host used over the last hour, day or week.",
        discussion: """
            As `martlet vm graph`, of the host's own processors and memory, and of its machines' disks and networks together. \
            Memory assigned is what machines hold, memory demanded what is in use.
            """
    )
    static let uses: [OperationID] = [.getHostSamples]

    @Option(help: "How far back: hour, day or week.")
    var span: SampleSpan = .hour

    @OptionGroup var host: HostOptions
    @OptionGroup var output: OutputOptions

    func run(on session: HostSession) async throws {
        try session.print(try await session.client.getHostSamples(span), output)
    }
}
