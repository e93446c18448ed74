import ArgumentParser
import MartletClient
import MartletModel

struct HostStopMachines: HostVerb {
    static let configuration = CommandConfiguration(
        commandName: "stop-machines",
        abstract: "Stop every machine as its automatic stop action says.",
        discussion: """
            What a host does before it goes down: each running machine is saved, shut down or turned off, as `vm set --automatic-stop` \
            has it. One that can't be saved is shut down, and one that doesn't shut down in time is turned off. Until it has ended no \
            machine can be started. Machines that start automatically because they ran come back after the host's next start.
            """
    )
    static let uses: [OperationID] = [.stopMachines, .getOperation]

    @Option(help: ArgumentHelp("How long guests have to shut down: 1s to 1h. (default: 2m)", valueName: "time"))
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
        let timeout = timeout?.duration
        try await session.performOne(noWait: wait.noWait, output: output) { client, _ in
            try await client.stopMachines(timeout: timeout)
        } result: { _, operation in
            operation
        } told: {
            "\(Printable.escape($0.title)): done"
        }
    }
}
