import ArgumentParser
import MartletClient
import MartletModel

struct ImageImport: HostVerb {
    static let configuration = CommandConfiguration(
        commandName: "import",
        abstract: "Bring an image from a file on the host or from an address.",
        discussion: """
            What it is (qcow2, raw, VHDX, VHD, VMDK or ISO) is told by its content. A disk is kept as qcow2, an ISO as \
            it is. A disk that names other files is refused.

              martlet image import debian-13 https://cloud.debian.org/images/cloud/trixie/latest/debian-13-generic-amd64.qcow2
              martlet image import installer ./debian-12.iso --sha256 0123…cdef
            """
    )
    static let uses: [OperationID] = [.importImage, .getOperation, .getImage]

    @Argument(help: "What it is called: 1 to 100 characters.")
    var name: String

    @Argument(help: "A file on the host, or an http or https address.", completion: .file())
    var source: String

    @Option(help: ArgumentHelp("What the source must have; nothing is kept of another.", valueName: "hex"))
    var sha256: String?

    @Option(help: "What the source is, such as raw, when its content doesn't tell.")
    var format: ImageFormat?

    @Option(help: ArgumentHelp("A text of yours that is kept with it.", valueName: "text"))
    var description: String?

    @OptionGroup var wait: WaitOptions
    @OptionGroup var host: HostOptions
    @OptionGroup var output: OutputOptions

    func run(on session: HostSession) async throws {
        let request = ImportImageRequest(
            name: name, source: ImageRules.isAddress(source) ? source : session.context.absolute(source),
            sha256: sha256, format: format,
            description: description)
        try ImageRules.check(request)
        try await session.performOne(noWait: wait.noWait, output: output) { client, _ in
            try await client.importImage(request)
        } result: { follower, operation in
            try await follower.client.getImage(operation.subject)
        } told: {
            $0.sentence
        }
    }
}
