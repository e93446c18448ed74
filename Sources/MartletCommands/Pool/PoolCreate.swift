import ArgumentParser
import MartletClient
import MartletModel

struct PoolCreate: HostVerb {
    static let configuration = CommandConfiguration(
        commandName: "create",
        abstract: "Make a folder of the host a pool.",
        discussion: """
            The folder exists, belongs to root or the daemon's user, and nobody else may change it or a folder above it. What \
            is to be mounted there is mounted first: a file in it, .martlet-pool.json, says from then on that it is the pool.

              martlet pool create fast /srv/fast --default
            """
    )
    static let uses: [OperationID] = [.createPool]

    @Argument(help: "What it is called: 1 to 100 characters.")
    var name: String

    @Argument(help: "The folder on the host.", completion: .directory)
    var path: String

    @Flag(name: .customLong("default"), help: "New disks lie here when nothing else is said.")
    var isDefault = false

    @OptionGroup var host: HostOptions
    @OptionGroup var output: OutputOptions

    func run(on session: HostSession) async throws {
        let request = CreatePoolRequest(
            name: name, path: session.context.absolute(path), isDefault: isDefault ? true : nil)
        try await session.performAtOnce([name], output: output) { client, _ in
            try await client.createPool(request)
        } told: {
            $0.sentence
        }
    }
}
