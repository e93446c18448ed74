import ArgumentParser
import MartletClient

struct VirtualMachinePause: HostVerb {
    static let configuration = CommandConfiguration(
        commandName: "pause",
        abstract: "Stop the processors of machines where they are."
    )
    static let uses: [OperationID] = [.pauseMachine]

    @Argument(help: "The machines.")
    var names: [String]

    @OptionGroup var host: HostOptions
    @OptionGroup var output: OutputOptions

    func run(on session: HostSession) async throws {
        try await session.performAtOnce(names, output: output) { client, name in
            try await client.pauseMachine(name)
        } told: {
            $0.sentence
        }
    }
}
