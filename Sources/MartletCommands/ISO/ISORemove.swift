import ArgumentParser
import MartletClient
import MartletModel

struct ISORemove: HostVerb {
    static let configuration = CommandConfiguration(
        commandName: "remove",
        abstract: "Take an ISO drive out of a machine that is off."
    )
    static let uses: [OperationID] = [.removeISODrive]

    @Argument(help: "The machine.")
    var machine: String

    @Argument(help: "The drive's number, as `martlet iso list` has it.")
    var drive: Int

    @OptionGroup var host: HostOptions
    @OptionGroup var output: OutputOptions

    func run(on session: HostSession) async throws {
        let request = RemoveISODriveRequest(slot: drive)
        try await session.performAtOnce([machine], output: output) { client, name in
            try await client.removeISODrive(name, request)
        } told: { machine in
            "\(Printable.escape(machine.name)) has \(machine.configuration.isoDrives.count) ISO drives"
        }
    }
}
