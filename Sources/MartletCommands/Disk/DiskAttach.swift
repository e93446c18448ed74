import ArgumentParser
import MartletClient
import MartletModel

struct DiskAttach: HostVerb {
    static let configuration = CommandConfiguration(
        commandName: "attach",
        abstract: "Give a disk to a machine, which may run.",
        discussion: """
            The guest of a running machine finds the disk at once, as a virtio block device with the first 20 digits of the \
            disk's id as its serial number (/dev/disk/by-id/virtio-…).

              martlet disk attach data web
            """
    )
    static let uses: [OperationID] = [.attachDisk, .getOperation, .getDisk]

    @Argument(help: "The disk.")
    var name: String

    @Argument(help: "The machine.")
    var machine: String

    @Option(help: "Its place in the machine, 0 to 63, which decides its address; the first that is free by default.")
    var slot: Int?

    @OptionGroup var wait: WaitOptions
    @OptionGroup var host: HostOptions
    @OptionGroup var output: OutputOptions

    func run(on session: HostSession) async throws {
        let (name, request) = (name, AttachDiskRequest(machine: machine, slot: slot))
        try await session.performOne(noWait: wait.noWait, output: output) { client, _ in
            try await client.attachDisk(name, request)
        } result: { follower, operation in
            try await follower.client.getDisk(operation.subject)
        } told: {
            $0.placeSentence
        }
    }
}
