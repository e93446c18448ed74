import ArgumentParser
import MartletClient
import MartletModel

struct VirtualMachineDelete: HostVerb {
    static let configuration = CommandConfiguration(
        commandName: "delete",
        abstract: "Delete machines that are off.",
        discussion: "Their disks are kept, unless --disks is given. On a terminal it asks first."
    )
    static let uses: [OperationID] = [.deleteMachine, .getOperation]

    @Argument(help: "The machines.")
    var names: [String]

    @Flag(help: "Delete their disks too, with all that is on them.")
    var disks = false

    @Flag(help: "Don't ask.")
    var yes = false

    @OptionGroup var wait: WaitOptions
    @OptionGroup var host: HostOptions
    @OptionGroup var output: OutputOptions

    func run(on session: HostSession) async throws {
        let disks = disks
        let what = names.map { "'\(Printable.escape($0))'" }.joined(separator: ", ")
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
