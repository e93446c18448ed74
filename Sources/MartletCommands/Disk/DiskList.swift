import ArgumentParser
import MartletClient

struct DiskList: HostVerb {
    static let configuration = CommandConfiguration(commandName: "list", abstract: "List the disks, sorted by name.")
    static let uses: [OperationID] = [.listDisks]

    @Option(help: "Only those whose name contains this.")
    var name: String?

    @OptionGroup var host: HostOptions
    @OptionGroup var output: OutputOptions

    func run(on session: HostSession) async throws {
        try session.print(try await session.client.listDisks(name: name), output)
    }
}
