import ArgumentParser
import MartletClient
import MartletModel

struct DiskConvert: HostVerb {
    static let configuration = CommandConfiguration(
        commandName: "convert",
        abstract: "Convert a disk to another format, or copy it into a new one.",
        discussion: """
            Without --name the disk itself is converted: its old file goes once the new one is whole. With --name a new disk \
            is made, in another pool too, and the old one stays as it is. The disk's machine must be off.

              martlet disk convert data --format raw
              martlet disk convert data --format qcow2 --name copy --pool fast
            """
    )
    static let uses: [OperationID] = [.convertDisk, .getOperation, .getDisk]

    @Argument(help: "The disk.")
    var name: String

    @Option(help: "The new format: qcow2, raw, vhdx, vhd or vmdk; machines run on the first two.")
    var format: Disk.Format

    @Option(name: .customLong("name"), help: "What a new disk is called.")
    var newName: String?

    @Option(help: "The pool that a new disk lies in; the disk's own by default.")
    var pool: String?

    @OptionGroup var wait: WaitOptions
    @OptionGroup var host: HostOptions
    @OptionGroup var output: OutputOptions

    func validate() throws {
        if pool != nil, newName == nil { throw ValidationError("--pool is for a new disk: give --name too") }
    }

    func run(on session: HostSession) async throws {
        let (name, request) = (name, ConvertDiskRequest(format: format, name: newName, pool: pool))
        try await session.performOne(noWait: wait.noWait, output: output) { client, _ in
            try await client.convertDisk(name, request)
        } result: { follower, operation in
            try await follower.client.getDisk(operation.subject)
        } told: {
            $0.sentence
        }
    }
}
