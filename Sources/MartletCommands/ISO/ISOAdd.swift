import ArgumentParser
import MartletClient
import MartletModel

struct ISOAdd: HostVerb {
    static let configuration = CommandConfiguration(
        commandName: "add",
        abstract: "Add an ISO drive to a machine that is off."
    )
    static let uses: [OperationID] = [.addISODrive]

    @Argument(help: "The machine.")
    var machine: String

    @Argument(help: "The image that is in it; an empty drive without one.")
    var image: String?

    @OptionGroup var host: HostOptions
    @OptionGroup var output: OutputOptions

    func run(on session: HostSession) async throws {
        let request = AddISODriveRequest(image: image)
        try await session.performAtOnce([machine], output: output) { client, name in
            try await client.addISODrive(name, request)
        } told: { machine in
            "\(Printable.escape(machine.name)) has \(machine.configuration.isoDrives.count) ISO drives"
        }
    }
}
