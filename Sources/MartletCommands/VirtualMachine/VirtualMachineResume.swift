import ArgumentParser
import MartletClient

struct VirtualMachineResume: HostVerb {
    static let configuration = CommandConfiguration(commandName: "resume", abstract: "Let paused machines run on.")
    static let uses: [OperationID] = [.resumeMachine]

    @Argument(help: "The machines.")
    var names: [String]

    @OptionGroup var host: HostOptions
    @OptionGroup var output: OutputOptions

    func run(on session: HostSession) async throws {
        try await session.performAtOnce(names, output: output) { client, name in
            try await client.resumeMachine(name)
        } told: {
            $0.sentence
        }
    }
}
