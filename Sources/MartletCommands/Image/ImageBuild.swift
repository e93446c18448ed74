import ArgumentParser
import MartletClient
import MartletModel

struct ImageBuild: HostVerb {
    static let configuration = CommandConfiguration(
        commandName: "build",
        abstract: "Make an image on the host from its distribution's packages.",
        discussion: """
            debian-12 boots with UEFI and Secure Boot, through Debian's own signed boot loader and kernel, and with a \
            BIOS. It has cloud-init, an ssh server and a serial console; it has no password, and makes its host keys \
            at the first start. It takes some minutes and 2 GB of room.

            \(GuestServicesDisc.recipe) is the disc that installs the integration services in a guest; `martlet vm services insert` \
            makes it when it is needed.

              martlet image build debian-12
              martlet vm create web --image debian-12 --ssh-key ~/.ssh/id_ed25519.pub --start
            """
    )
    static let uses: [OperationID] = [.buildImage, .getOperation, .getImage]

    @Argument(help: "What to make: \(ImageRules.recipes.joined(separator: ", ")).")
    var recipe: String

    @Option(help: "What it is called; the recipe's name by default.")
    var name: String?

    @Option(help: ArgumentHelp("What a guest sees; 3GiB by default, and its copies may be larger.", valueName: "size"))
    var size: ByteCount?

    @Option(
        help: ArgumentHelp("Where the packages come from; http://deb.debian.org/debian by default.", valueName: "url"))
    var mirror: String?

    @OptionGroup var wait: WaitOptions
    @OptionGroup var host: HostOptions
    @OptionGroup var output: OutputOptions

    func run(on session: HostSession) async throws {
        let request = BuildImageRequest(recipe: recipe, name: name, capacity: size, mirror: mirror)
        try ImageRules.check(request)
        try await session.performOne(noWait: wait.noWait, output: output) { client, _ in
            try await client.buildImage(request)
        } result: { follower, operation in
            try await follower.client.getImage(operation.subject)
        } told: {
            $0.sentence
        }
    }
}
