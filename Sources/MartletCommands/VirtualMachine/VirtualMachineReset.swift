import ArgumentParser
import MartletClient
import MartletModel

struct VirtualMachineReset: HostVerb {
    static let configuration = CommandConfiguration(
        commandName: "reset",
        abstract: "Push the reset button of machines."
    )
    static let uses: [OperationID] = [.resetMachine]

    @Argument(help: "The machines.")
    var names: [String]

    @OptionGroup var host: HostOptions
    @OptionGroup var output: OutputOptions

    func run(on session: HostSession) async throws {
        try await session.performAtOnce(names, output: output) { client, name in
            try await client.resetMachine(name)
        } told: {
            $0.sentence
        }
    }
}
