import ArgumentParser
import MartletClient
import MartletModel

struct ISOEject: HostVerb {
    static let configuration = CommandConfiguration(
        commandName: "eject",
        abstract: "Take the ISO image out of a drive of a machine."
    )
    static let uses: [OperationID] = [.changeISO]

    @Argument(help: "The machine.")
    var machine: String

    @OptionGroup var drive: ISODriveOptions
    @OptionGroup var host: HostOptions
    @OptionGroup var output: OutputOptions

    func run(on session: HostSession) async throws {
        try await drive.change([machine], to: nil, on: session, output: output)
    }
}
