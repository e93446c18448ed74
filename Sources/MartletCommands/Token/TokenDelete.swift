import ArgumentParser
import MartletClient

struct TokenDelete: HostVerb {
    static let configuration = CommandConfiguration(
        commandName: "delete",
        abstract: "Delete tokens; who uses them is refused from then on."
    )
    static let uses: [OperationID] = [.deleteToken]

    @Argument(help: "The tokens.")
    var names: [String]

    @OptionGroup var host: HostOptions

    func run(on session: HostSession) async throws {
        let client = session.client
        try await Batch(session, count: names.count).run(names) { name in
            try await client.deleteToken(name)
            return name
        } told: {
            "\(Printable.escape($0)) was deleted"
        }.finish()
    }
}
