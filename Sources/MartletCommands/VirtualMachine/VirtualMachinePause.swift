import ArgumentParser
import MartletClient
import MartletModel

struct VirtualMachinePause: HostVerb {
    static let configuration = CommandConfiguration(
        commandName: "pause",
        abstract: "Stop the processors of machines where they are."
    )
    static let uses: [OperationID] = [.listMachines, .pauseMachine]

    @OptionGroup var selection: MachineSelection

    @OptionGroup var host: HostOptions
    @OptionGroup var output: OutputOptions

    func run(on session: HostSession) async throws {
        let names = try await selection.machines(in: [.running], session)
        try await session.performAtOnce(names, output: output) { client, name in
            try await client.pauseMachine(name)
        } told: {
            $0.sentence
        }
    }
}
