import ArgumentParser
import MartletClient
import MartletModel

struct VirtualMachineDelete: HostVerb {
    static let configuration = CommandConfiguration(
        commandName: "delete",
        abstract: "Delete machines that are off or saved.",
        discussion: "Their disks are kept, unless --disks is given. On a terminal it asks first."
    )
    static let uses: [OperationID] = [.listMachines, .deleteMachine, .getOperation]

    @OptionGroup var selection: MachineSelection

    @Flag(help: "Delete their disks too, with all that is on them.")
    var disks = false

    @Flag(help: "Don't ask.")
    var yes = false

    @OptionGroup var wait: WaitOptions
    @OptionGroup var host: HostOptions
    @OptionGroup var output: OutputOptions

    func run(on session: HostSession) async throws {
        let disks = disks
        let names = try await selection.machines(in: [.off, .saved, .failed], session)
        if names.isEmpty { return }
        let what =
            selection.choice.isGiven
            ? "\(names.count) machines" : names.map { "'\(Printable.escape($0))'" }.joined(separator: ", ")
        let how = disks ? " with their disks" : ""
        try Question(streams: session.streams, isAnswered: yes).ask("Delete \(what)\(how)?")
        try await session.perform(names, noWait: wait.noWait, output: output) { client, name in
            try await client.deleteMachine(name, disks: disks)
        } result: { _, operation in
            operation
        } told: {
            "\(Printable.escape($0.title)): done"
        }
    }
}
