import ArgumentParser
import MartletClient
import MartletModel

struct VirtualMachineDiscard: HostVerb {
    static let configuration = CommandConfiguration(
        commandName: "discard",
        abstract: "Throw the saved state of machines away.",
        discussion: """
            The machine is off then, as if its plug had been pulled when it was saved: what its guest had in memory is lost. On a \
            terminal it asks first.
            """
    )
    static let uses: [OperationID] = [.listMachines, .discardMachine, .getOperation, .getMachine]

    @OptionGroup var selection: MachineSelection

    @Flag(name: [.customLong("force"), .customLong("yes")], help: "Don't ask.")
    var force = false

    @OptionGroup var wait: WaitOptions
    @OptionGroup var host: HostOptions
    @OptionGroup var output: OutputOptions

    func run(on session: HostSession) async throws {
        let names = try await selection.machines(in: [.saved], session)
        if names.isEmpty { return }
        let what =
            selection.choice.isGiven
            ? "\(names.count) machines" : names.map { "'\(Printable.escape($0))'" }.joined(separator: ", ")
        try Question(streams: session.streams, isAnswered: force).ask(
            "Throw away the saved state of \(what), with all that was in memory?")
        try await session.perform(names, noWait: wait.noWait, output: output) { client, name in
            try await client.discardMachine(name)
        } result: { client, operation in
            try await client.getMachine(operation.subject)
        } told: {
            $0.sentence
        }
    }
}
