import ArgumentParser
import MartletClient
import MartletModel

struct DiskCreate: HostVerb {
    static let configuration = CommandConfiguration(
        commandName: "create",
        abstract: "Create a disk, empty or of an image's file.",
        discussion: """
            A qcow2 disk takes room on the host as the guest writes to it.

              martlet disk create data 20GiB

            A file is read on the host: qcow2, raw, VHDX, VHD or VMDK, known by its content. It must stand by itself; one \
            that names other files is refused. A raw one without a boot sector needs --from-format raw.

              martlet disk create old --from /srv/old-server.vhdx
            """
    )
    static let uses: [OperationID] = [.createDisk, .getOperation, .getDisk]

    @Argument(help: "What it is called: 1 to 100 characters.")
    var name: String

    @Argument(help: "What the guest sees, such as 20GiB; may be given as --size too.")
    var capacity: ByteCount?

    @Option(help: ArgumentHelp("What the guest sees, such as 20GiB.", valueName: "size"))
    var size: ByteCount?

    @Option(help: ArgumentHelp("An image on the host that it is made of.", valueName: "file"), completion: .file())
    var from: String?

    @Option(help: ArgumentHelp("The format of that file, when its content doesn't tell.", valueName: "format"))
    var fromFormat: ImageFormat?

    @Option(help: "The disk's format: qcow2, raw, vhdx, vhd or vmdk; machines run on the first two. (default: qcow2)")
    var format: Disk.Format?

    @Option(help: "The pool that it lies in; the host's default pool by default.")
    var pool: String?

    @OptionGroup var wait: WaitOptions
    @OptionGroup var host: HostOptions
    @OptionGroup var output: OutputOptions

    func validate() throws {
        if from != nil {
            if capacity != nil || size != nil {
                throw ValidationError("a disk from a file has the file's size: leave the size out, and resize it later")
            }
            return
        }
        if fromFormat != nil { throw ValidationError("--from-format needs --from") }
        if capacity == nil, size == nil { throw ValidationError("give a size, such as 20GiB, or --from") }
        if capacity != nil, size != nil { throw ValidationError("give the size once") }
    }

    func run(on session: HostSession) async throws {
        let request = CreateDiskRequest(
            name: name, capacity: capacity ?? size, format: format, pool: pool,
            file: from.map(session.context.absolute),
            fileFormat: fromFormat)
        try await session.performOne(noWait: wait.noWait, output: output) { client, _ in
            try await client.createDisk(request)
        } result: { follower, operation in
            try await follower.client.getDisk(operation.subject)
        } told: {
            $0.sentence
        }
    }
}
