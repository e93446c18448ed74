import ArgumentParser
import MartletClient
import MartletModel

struct CheckpointCreate: HostVerb {
    static let configuration = CommandConfiguration(
        commandName: "create",
        abstract: "Make a checkpoint of a machine, which may run.",
        discussion: """
            Of which type is the machine's setting (`martlet vm set --checkpoint-type`): a production checkpoint, whose disks \
            the guest has put in order; where it can't, a standard one, with the guest's memory, and that is said.

              martlet checkpoint create web "before the update"
              martlet checkpoint create web --type production-only --freeze-limit 20
            """
    )
    static let uses: [OperationID] = [.createCheckpoint, .getOperation, .listCheckpoints]

    @Argument(help: "The machine.")
    var machine: String

    @Argument(help: "Its name; the machine's name and the time by default.")
    var name: String?

    @Option(help: "standard, production or production-only; what the machine is set to by default.")
    var type: CheckpointType?

    @Option(
        help: ArgumentHelp("How long the guest may be frozen, 1 to 60 seconds; 10 by default.", valueName: "seconds"))
    var freezeLimit: Int?

    @Option(help: ArgumentHelp("A text of yours that is kept with it.", valueName: "text"))
    var notes: String?

    @OptionGroup var wait: WaitOptions
    @OptionGroup var host: HostOptions
    @OptionGroup var output: OutputOptions

    func run(on session: HostSession) async throws {
        let machine = machine
        let request = CreateCheckpointRequest(
            name: name, notes: notes, type: type, freezeLimitInSeconds: freezeLimit)
        try await session.performOne(noWait: wait.noWait, output: output) { client, _ in
            try await client.createCheckpoint(machine, request)
        } result: { follower, _ in
            try await CheckpointCreate.newest(of: machine, follower.client)
        } told: {
            $0.sentence
        }
    }

    /// The one that the machine comes from.
    static func newest(of machine: String, _ client: HostClient) async throws -> Checkpoint {
        let all = try await client.listCheckpoints(machine)
        guard let newest = all.first(where: { $0.status?.isCurrent == true }) ?? all.last else {
            throw MartletError(.notFound, "the checkpoint is gone already; somebody else deleted it")
        }
        return newest
    }
}
