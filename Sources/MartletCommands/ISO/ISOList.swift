import ArgumentParser
import MartletClient
import MartletModel

struct ISOList: HostVerb {
    static let configuration = CommandConfiguration(commandName: "list", abstract: "List the ISO drives of a machine.")
    static let uses: [OperationID] = [.getMachine, .listImages]

    @Argument(help: "The machine.")
    var machine: String

    @OptionGroup var host: HostOptions
    @OptionGroup var output: OutputOptions

    func run(on session: HostSession) async throws {
        let drives = try await session.client.getMachine(machine).configuration.isoDrives
        let images = try await session.client.listImages()
        let names = Dictionary(images.map { ($0.id, $0.name) }) { first, _ in first }
        try session.print(
            drives.map { drive in
                ISODriveLine(drive: drive.slot, image: drive.image, name: drive.image.flatMap { names[$0] })
            }, output)
    }
}

/// A drive and what is in it, by name.
struct ISODriveLine: Codable, Sendable {
    var drive: Int
    var image: ID<Image>?
    var name: String?
}

extension ISODriveLine: Tabular {
    static var columns: [Column<Self>] {
        [
            Column("DRIVE") { "\($0.drive)" }, Column("IMAGE") { $0.name ?? "" },
            Column("ID") { $0.image?.description ?? "" },
        ]
    }

    func fields(now: Moment) -> [Field] { Self.columns.map { Field($0.title, $0.value(self, now)) } }
}
