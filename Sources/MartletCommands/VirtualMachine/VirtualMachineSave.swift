import ArgumentParser
import MartletClient
import MartletModel

struct VirtualMachineSave: HostVerb {
    static let configuration = CommandConfiguration(
        commandName: "save",
        abstract: "Write machines' memory to files and free it; `vm start` goes on from there.",
        discussion: """
            The guest stops, its memory and devices are written beside the machine, and QEMU ends. It finds out by its clock alone. \
            Meanwhile its disks and devices can't be changed. Given up (`operation cancel`), the guest goes on.
            """
    )
    static let uses: [OperationID] = [.listMachines, .saveMachine, .getOperation, .getMachine]

    @OptionGroup var selection: MachineSelection
    @OptionGroup var wait: WaitOptions
    @OptionGroup var host: HostOptions
    @OptionGroup var output: OutputOptions

    func run(on session: HostSession) async throws {
        let names = try await selection.machines(in: [.running, .paused], session)
        try await session.perform(names, noWait: wait.noWait, output: output) { client, name in
            try await client.saveMachine(name)
        } result: { client, operation in
            try await client.getMachine(operation.subject)
        } told: {
            $0.sentence
        }
    }
}
