import ArgumentParser
import MartletClient
import MartletModel

struct VirtualMachineGraph: HostVerb {
    static let configuration = CommandConfiguration(
        commandName: "graph",
        abstract: "Draw what a machine used over the last hour, day or week.",
        discussion: """
            A line for each thing, the newest at its right end, with the least, the mean and the greatest of what is drawn. \
            Processors are in percent of one. --output json has every value.
            """
    )
    static let uses: [OperationID] = [.getMachineSamples]

    @Argument(help: "The machine.")
    var name: String

    @Option(help: "How far back: hour, day or week.")
    var span: SampleSpan = .hour

    @OptionGroup var host: HostOptions
    @OptionGroup var output: OutputOptions

    func run(on session: HostSession) async throws {
        try session.print(try await session.client.getMachineSamples(name, span), output)
    }
}
