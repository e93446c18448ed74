import ArgumentParser
import MartletClient
import MartletModel

struct VirtualMachineResume: HostVerb {
    static let configuration = CommandConfiguration(commandName: "resume", abstract: "Let paused machines run on.")
    static let uses: [OperationID] = [.listMachines, .resumeMachine]

    @OptionGroup var selection: MachineSelection

    @OptionGroup var host: HostOptions
    @OptionGroup var output: OutputOptions

    func run(on session: HostSession) async throws {
        let names = try await selection.machines(in: [.paused], session)
        try await session.performAtOnce(names, output: output) { client, name in
            try await client.resumeMachine(name)
        } told: {
            $0.sentence
        }
    }
}
