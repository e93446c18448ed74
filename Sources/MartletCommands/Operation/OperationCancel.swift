import ArgumentParser
import MartletClient

struct OperationCancel: HostVerb {
    static let configuration = CommandConfiguration(
        commandName: "cancel",
        abstract: "Give operations up and have undone what they did.",
        discussion: "It only asks: `operation wait` waits until all is undone."
    )
    static let uses: [OperationID] = [.cancelOperation]

    @Argument(help: "The operations' ids.")
    var ids: [String]

    @OptionGroup var host: HostOptions
    @OptionGroup var output: OutputOptions

    func run(on session: HostSession) async throws {
        try await session.performAtOnce(ids, output: output) { client, id in
            try await client.cancelOperation(id)
        } told: {
            $0.sentence
        }
    }
}
