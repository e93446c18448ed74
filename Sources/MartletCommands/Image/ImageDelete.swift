import ArgumentParser
import MartletClient
import MartletModel

struct ImageDelete: HostVerb {
    static let configuration = CommandConfiguration(
        commandName: "delete",
        abstract: "Delete images.",
        discussion:
            "An image that a machine reads, or that a linked disk is a copy of, is refused. On a terminal it asks first."
    )
    static let uses: [OperationID] = [.deleteImage, .getOperation]

    @Argument(help: "The images.")
    var names: [String]

    @Flag(help: "Don't ask.")
    var yes = false

    @OptionGroup var wait: WaitOptions
    @OptionGroup var host: HostOptions
    @OptionGroup var output: OutputOptions

    func run(on session: HostSession) async throws {
        let what = names.map { "'\(Printable.escape($0))'" }.joined(separator: ", ")
        try Question(streams: session.streams, isAnswered: yes).ask("Delete \(what)?")
        try await session.perform(names, noWait: wait.noWait, output: output) { client, name in
            try await client.deleteImage(name)
        } result: { _, operation in
            operation
        } told: {
            "\(Printable.escape($0.title)): done"
        }
    }
}
