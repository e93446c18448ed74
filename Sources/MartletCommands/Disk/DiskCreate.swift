import ArgumentParser
import MartletClient
import MartletModel

struct DiskCreate: HostVerb {
    static let configuration = CommandConfiguration(
        commandName: "create",
        abstract: "Create an empty disk.",
        discussion: """
            It takes room on the host as the guest writes to it.

              martlet disk create data 20GiB
            """
    )
    static let uses: [OperationID] = [.createDisk, .getOperation, .getDisk]

    @Argument(help: "What it is called: 1 to 100 characters.")
    var name: String

    @Argument(help: "What the guest sees, such as 20GiB; may be given as --size too.")
    var capacity: ByteCount?

    @Option(help: ArgumentHelp("What the guest sees, such as 20GiB.", valueName: "size"))
    var size: ByteCount?

    @OptionGroup var wait: WaitOptions
    @OptionGroup var host: HostOptions
    @OptionGroup var output: OutputOptions

    func validate() throws {
        if capacity == nil, size == nil { throw ValidationError("give a size, such as 20GiB") }
        if capacity != nil, size != nil { throw ValidationError("give the size once") }
    }

    func run(on session: HostSession) async throws {
        guard let capacity = capacity ?? size else { return }
        let request = CreateDiskRequest(name: name, capacity: capacity)
        try await session.performOne(noWait: wait.noWait, output: output) { client, _ in
            try await client.createDisk(request)
        } result: { follower, operation in
            try await follower.client.getDisk(operation.subject)
        } told: {
            $0.sentence
        }
    }
}
