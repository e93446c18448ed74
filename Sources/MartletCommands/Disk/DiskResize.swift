import ArgumentParser
import MartletClient
import MartletModel

struct DiskResize: HostVerb {
    static let configuration = CommandConfiguration(
        commandName: "resize",
        abstract: "Give a disk another size.",
        discussion: """
            A disk can grow while its machine runs, and the guest sees it at once. It can become smaller while its machine is \
            off, with --shrink, and only where nothing is written beyond the new end.

              martlet disk resize data 40GiB
            """
    )
    static let uses: [OperationID] = [.resizeDisk, .getOperation, .getDisk]

    @Argument(help: "The disk.")
    var name: String

    @Argument(help: "What the guest sees from then on, such as 40GiB.")
    var size: ByteCount

    @Flag(help: "Allow a smaller size.")
    var shrink = false

    @OptionGroup var wait: WaitOptions
    @OptionGroup var host: HostOptions
    @OptionGroup var output: OutputOptions

    func run(on session: HostSession) async throws {
        let (name, request) = (name, ResizeDiskRequest(capacity: size, shrink: shrink ? true : nil))
        try await session.performOne(noWait: wait.noWait, output: output) { client, _ in
            try await client.resizeDisk(name, request)
        } result: { follower, operation in
            try await follower.client.getDisk(operation.subject)
        } told: {
            $0.sentence
        }
    }
}
