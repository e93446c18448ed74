import ArgumentParser
import MartletClient
import MartletModel

struct VirtualMachineStop: HostVerb {
    static let configuration = CommandConfiguration(
        commandName: "stop",
        abstract: "Shut machines down, or turn them off.",
        discussion: """
            The guest is asked by ACPI to shut itself down. One that doesn't in time runs on, and the command fails: ask it \
            again, or pull the plug with --turn-off, which loses what the guest hasn't written.
            """
    )
    static let uses: [OperationID] = [.listMachines, .stopMachine, .getOperation, .getMachine]

    @OptionGroup var selection: MachineSelection

    @OptionGroup var shutdown: ShutdownOptions
    @OptionGroup var wait: WaitOptions
    @OptionGroup var host: HostOptions
    @OptionGroup var output: OutputOptions

    func run(on session: HostSession) async throws {
        let (turnOff, timeout) = (shutdown.turnOff, shutdown.timeout?.duration)
        let names = try await selection.machines(in: shutdown.states, session)
        try await session.perform(names, noWait: wait.noWait, output: output) { client, name in
            try await client.stopMachine(name, turnOff: turnOff, timeout: timeout)
        } result: { client, operation in
            try await client.getMachine(operation.subject)
        } told: {
            $0.sentence
        }
    }
}
