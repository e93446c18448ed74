import ArgumentParser
import MartletClient
import MartletModel

struct VirtualMachineRestart: HostVerb {
    static let configuration = CommandConfiguration(
        commandName: "restart",
        abstract: "Shut machines down and start them again.",
        discussion: """
            Unlike a reset, and unlike a restart that the guest itself makes, this is a new QEMU: the machine sees what was changed of \
            it. A guest that doesn't shut down in time runs on, and the command fails.
            """
    )
    static let uses: [OperationID] = [.listMachines, .restartMachine, .getOperation, .getMachine]

    @OptionGroup var selection: MachineSelection

    @Flag(help: "Pull the plug rather than ask the guest.")
    var turnOff = false

    @Option(help: ArgumentHelp("How long a guest has to obey: 1s to 1h. (default: 60s)", valueName: "time"))
    var timeout: TimeSpan?

    @OptionGroup var wait: WaitOptions
    @OptionGroup var host: HostOptions
    @OptionGroup var output: OutputOptions

    func validate() throws {
        if turnOff, timeout != nil { throw ValidationError("--turn-off waits for nobody: leave --timeout out") }
        if let timeout, !(.seconds(1)...(.seconds(3600))).contains(timeout.duration) {
            throw ValidationError("--timeout must be from 1s to 1h")
        }
    }

    func run(on session: HostSession) async throws {
        let (turnOff, timeout) = (turnOff, timeout?.duration)
        let names = try await selection.machines(in: turnOff ? [.running, .paused, .critical] : [.running], session)
        try await session.perform(names, noWait: wait.noWait, output: output) { client, name in
            try await client.restartMachine(name, turnOff: turnOff, timeout: timeout)
        } result: { client, operation in
            try await client.getMachine(operation.subject)
        } told: {
            $0.sentence
        }
    }
}
