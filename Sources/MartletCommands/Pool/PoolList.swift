import ArgumentParser
import MartletClient

struct PoolList: HostVerb {
    static let configuration = CommandConfiguration(
        commandName: "list", abstract: "List the pools: the root's own first, the others sorted by name.")
    static let uses: [OperationID] = [.listPools]

    @OptionGroup var host: HostOptions
    @OptionGroup var output: OutputOptions

    func run(on session: HostSession) async throws {
        try session.print(try await session.client.listPools(), output)
    }
}
