import ArgumentParser
import MartletClient
import MartletModel

struct CheckpointApply: HostVerb {
    static let configuration = CommandConfiguration(
        commandName: "apply",
        abstract: "Take a machine back to a checkpoint.",
        discussion: """
            A machine that runs is turned off. What it is now is lost, unless a checkpoint of it is made first: on a terminal \
            that is asked. A standard checkpoint goes on in the moment it was taken; after any other the machine is off.

              martlet checkpoint apply web "before the update"
              martlet checkpoint apply web "before the update" --checkpoint-first --yes
            """
    )
    static let uses: [OperationID] = [
        .getCheckpoint, .createCheckpoint, .applyCheckpoint, .startMachine, .getMachine, .getOperation,
    ]

    @Argument(help: "The machine.")
    var machine: String

    @Argument(help: "The checkpoint.")
    var checkpoint: String

    @Flag(help: "Make a checkpoint of what the machine is now first.")
    var checkpointFirst = false

    @Flag(inversion: .prefixedNo, help: "Have the guest of a standard checkpoint go on; else the machine is saved.")
    var resume = true

    @Flag(help: "Don't ask.")
    var yes = false

    @OptionGroup var host: HostOptions
    @OptionGroup var output: OutputOptions

    func run(on session: HostSession) async throws {
        let (machine, resume) = (machine, resume)
        let found = try await session.client.getCheckpoint(machine, checkpoint)
        let isFirst = try asksFirst(session.streams)
        try await session.performOne(noWait: false, output: output) { client, _ in
            guard isFirst else { return try await client.applyCheckpoint(machine, found.id.description) }
            return try await client.createCheckpoint(machine, CreateCheckpointRequest())
        } result: { follower, _ in
            let client = follower.client
            if isFirst {
                _ = try await follower.follow(try await client.applyCheckpoint(machine, found.id.description))
            }
            if found.kind == .standard, resume {
                _ = try await follower.follow(try await client.startMachine(machine, paused: false))
            }
            return try await client.getMachine(machine)
        } told: {
            "\(Printable.escape($0.name)) is as it was at \(Printable.escape(found.name)), and \($0.state.rawValue)"
        }
    }

    /// Whether a checkpoint of now is to be made first, by the options or by who is asked.
    private func asksFirst(_ streams: StandardStreams) throws -> Bool {
        if yes || checkpointFirst || !streams.isInputTerminal || !streams.isErrorTerminal { return checkpointFirst }
        let name = Printable.escape(machine)
        streams.tell("What '\(name)' is now is lost. Make a checkpoint of it first? [y]es, [n]o, [C]ancel ")
        switch streams.readLine()?.lowercased() ?? "" {
        case "y", "yes": return true
        case "n", "no": return false
        default:
            streams.tell("martlet: nothing was done\n")
            throw ReportedFailure(status: .failed)
        }
    }
}
