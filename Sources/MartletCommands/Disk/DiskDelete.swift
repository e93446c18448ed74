import ArgumentParser
import MartletClient
import MartletModel

struct DiskDelete: HostVerb {
    static let configuration = CommandConfiguration(
        commandName: "delete",
        abstract: "Delete disks with all that is on them.",
        discussion: "A disk that a machine has is refused. On a terminal it asks first."
    )
    static let uses: [OperationID] = [.deleteDisk, .getOperation]

    @Argument(help: "The disks.")
    var names: [String]

    @Flag(help: "Don't ask.")
    var yes = false

    @OptionGroup var wait: WaitOptions
    @OptionGroup var host: HostOptions
    @OptionGroup var output: OutputOptions

    func run(on session: HostSession) async throws {
        let what = names.map { "'\(Printable.escape($0))'" }.joined(separator: ", ")
        try Question(streams: session.streams, isAnswered: yes).ask("Delete \(what) with all that is on it?")
        try await session.perform(names, noWait: wait.noWait, output: output) { client, name in
            try await client.deleteDisk(name)
        } result: { _, operation in
            operation
        } told: {
            "\(Printable.escape($0.title)): done"
        }
    }
}
