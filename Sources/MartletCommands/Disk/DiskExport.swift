import ArgumentParser
import MartletClient
import MartletModel

struct DiskExport: HostVerb {
    static let configuration = CommandConfiguration(
        commandName: "export",
        abstract: "Write a copy of a disk into a file on the host.",
        discussion: """
            The file must not be there yet. It appears when it is whole, with the disk's size to the byte. The disk's machine \
            must be off.

              martlet disk export data /srv/data.vhdx --format vhdx
            """
    )
    static let uses: [OperationID] = [.exportDisk, .getOperation]

    @Argument(help: "The disk.")
    var name: String

    @Argument(help: "The file on the host.", completion: .file())
    var file: String

    @Option(help: "The file's format: qcow2, raw, vhdx, vhd or vmdk; the disk's own by default.")
    var format: Disk.Format?

    @OptionGroup var wait: WaitOptions
    @OptionGroup var host: HostOptions
    @OptionGroup var output: OutputOptions

    func run(on session: HostSession) async throws {
        let (name, request) = (name, ExportDiskRequest(file: session.context.absolute(file), format: format))
        try await session.performOne(noWait: wait.noWait, output: output) { client, _ in
            try await client.exportDisk(name, request)
        } result: { _, operation in
            operation
        } told: { _ in
            "\(Printable.escape(request.file)) is written"
        }
    }
}
