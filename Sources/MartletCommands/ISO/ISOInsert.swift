import ArgumentParser
import MartletClient
import MartletModel

struct ISOInsert: HostVerb {
    static let configuration = CommandConfiguration(
        commandName: "insert",
        abstract: "Put an ISO image into a drive of a machine.",
        discussion: "What is in the drive is taken out. A running guest sees the change at once."
    )
    static let uses: [OperationID] = [.changeISO]

    @Argument(help: "The machine.")
    var machine: String

    @Argument(help: "The image.")
    var image: String

    @OptionGroup var drive: ISODriveOptions
    @OptionGroup var host: HostOptions
    @OptionGroup var output: OutputOptions

    func run(on session: HostSession) async throws {
        try await drive.change([machine], to: image, on: session, output: output)
    }
}
