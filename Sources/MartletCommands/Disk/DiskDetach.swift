import ArgumentParser
import MartletClient
import MartletModel

struct DiskDetach: HostVerb {
    static let configuration = CommandConfiguration(
        commandName: "detach",
        abstract: "Take disks from their machines.",
        discussion: """
            The guest of a running machine has to let go of the disk; unmount it there first. One that doesn't in time keeps \
            it, and the command fails; if it lets go later, the disk is detached then. Nothing is pulled by force.
            """
    )
    static let uses: [OperationID] = [.detachDisk, .getOperation, .getDisk]

    @Argument(help: "The disks.")
    var names: [String]

    @Option(help: ArgumentHelp("How long a running guest has to let go: 1s to 1h. (default: 30s)", valueName: "time"))
    var timeout: TimeSpan?

    @OptionGroup var wait: WaitOptions
    @OptionGroup var host: HostOptions
    @OptionGroup var output: OutputOptions

    func validate() throws {
        if let timeout, !(.seconds(1)...(.seconds(3600))).contains(timeout.duration) {
            throw ValidationError("--timeout must be from 1s to 1h")
        }
    }

    func run(on session: HostSession) async throws {
        let request = DetachDiskRequest(timeoutInSeconds: timeout.map { Int($0.duration.components.seconds) })
        try await session.perform(names, noWait: wait.noWait, output: output) { client, name in
            try await client.detachDisk(name, request)
        } result: { client, operation in
            try await client.getDisk(operation.subject)
        } told: {
            $0.placeSentence
        }
    }
}
