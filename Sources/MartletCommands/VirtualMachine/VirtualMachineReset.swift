import ArgumentParser
import MartletClient
import MartletModel

struct VirtualMachineReset: HostVerb {
    static let configuration = CommandConfiguration(
        commandName: "reset",
        abstract: "Push the reset button of machines."
    )
    static let uses: [OperationID] = [.listMachines, .resetMachine]

    @OptionGroup var selection: MachineSelection

    @OptionGroup var host: HostOptions
    @OptionGroup var output: OutputOptions

    func run(on session: HostSession) async throws {
        let names = try await selection.machines(in: [.running, .paused, .critical], session)
        try await session.performAtOnce(names, output: output) { client, name in
            try await client.resetMachine(name)
        } told: {
            $0.sentence
        }
    }
}
