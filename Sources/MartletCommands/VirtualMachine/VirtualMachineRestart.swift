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

    @OptionGroup var shutdown: ShutdownOptions
    @OptionGroup var wait: WaitOptions
    @OptionGroup var host: HostOptions
    @OptionGroup var output: OutputOptions

    func run(on session: HostSession) async throws {
        let (turnOff, timeout) = (shutdown.turnOff, shutdown.timeout?.duration)
        let names = try await selection.machines(in: shutdown.states, session)
        try await session.perform(names, noWait: wait.noWait, output: output) { client, name in
            try await client.restartMachine(name, turnOff: turnOff, timeout: timeout)
        } result: { client, operation in
            try await client.getMachine(operation.subject)
        } told: {
            $0.sentence
        }
    }
}
