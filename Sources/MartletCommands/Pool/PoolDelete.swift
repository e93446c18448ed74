import ArgumentParser
import MartletClient

struct PoolDelete: HostVerb {
    static let configuration = CommandConfiguration(
        commandName: "delete",
        abstract: "Forget pools that have no disks.",
        discussion: "The folder stays with what else is in it."
    )
    static let uses: [OperationID] = [.deletePool]

    @Argument(help: "The pools.")
    var names: [String]

    @OptionGroup var host: HostOptions

    func run(on session: HostSession) async throws {
        let client = session.client
        try await Batch(session, count: names.count).run(names) { name in
            try await client.deletePool(name)
            return name
        } told: {
            "\(Printable.escape($0)) was forgotten"
        }.finish()
    }
}
