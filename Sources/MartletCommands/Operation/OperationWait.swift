import ArgumentParser
import MartletClient

struct OperationWait: HostVerb {
    static let configuration = CommandConfiguration(
        commandName: "wait",
        abstract: "Wait for operations to end.",
        discussion: "Fails when one of them failed or was cancelled, with what it failed of."
    )
    static let uses: [OperationID] = [.getOperation]

    @Argument(help: "The operations' ids.")
    var ids: [String]

    @OptionGroup var host: HostOptions
    @OptionGroup var output: OutputOptions

    func run(on session: HostSession) async throws {
        try await session.perform(ids, noWait: false, output: output) { client, id in
            try await client.getOperation(id)
        } result: { _, operation in
            operation
        } told: {
            $0.sentence
        }
    }
}
