import ArgumentParser
import MartletClient
import MartletModel

struct VirtualMachineStart: HostVerb {
    static let configuration = CommandConfiguration(
        commandName: "start",
        abstract: "Start machines.",
        discussion: """
            A saved machine goes on from where it was saved, and its saved state is gone then. With --discard-state it starts anew \
            and what it had in memory is lost; on a terminal that is asked first.
            """
    )
    static let uses: [OperationID] = [.listMachines, .startMachine, .getOperation, .getMachine]

    @OptionGroup var selection: MachineSelection

    @Flag(help: "Stop before the guest's first instruction; `vm resume` lets it run.")
    var paused = false

    @Flag(help: "Throw a saved machine's state away.")
    var discardState = false

    @Flag(name: [.customLong("force"), .customLong("yes")], help: "Don't ask.")
    var force = false

    @OptionGroup var wait: WaitOptions
    @OptionGroup var host: HostOptions
    @OptionGroup var output: OutputOptions

    func run(on session: HostSession) async throws {
        let (paused, discardState) = (paused, discardState)
        let names = try await selection.machines(in: [.off, .saved, .failed], session)
        if discardState, !names.isEmpty {
            try Question(streams: session.streams, isAnswered: force).ask(
                "Throw away the saved state of what is saved, with all that was in memory?")
        }
        try await session.perform(names, noWait: wait.noWait, output: output) { client, name in
            try await client.startMachine(name, paused: paused, discardState: discardState)
        } result: { client, operation in
            try await client.getMachine(operation.subject)
        } told: {
            $0.sentence
        }
    }
}
