import ArgumentParser
import MartletClient
import MartletModel

struct VirtualMachineStart: HostVerb {
    static let configuration = CommandConfiguration(commandName: "start", abstract: "Start machines.")
    static let uses: [OperationID] = [.startMachine, .getOperation, .getMachine]

    @Argument(help: "The machines.")
    var names: [String]

    @Flag(help: "Stop before the guest's first instruction; `vm resume` lets it run.")
    var paused = false

    @OptionGroup var wait: WaitOptions
    @OptionGroup var host: HostOptions
    @OptionGroup var output: OutputOptions

    func run(on session: HostSession) async throws {
        let paused = paused
        try await session.perform(names, noWait: wait.noWait, output: output) { client, name in
            try await client.startMachine(name, paused: paused)
        } result: { client, operation in
            try await client.getMachine(operation.subject)
        } told: {
            $0.sentence
        }
    }
}
