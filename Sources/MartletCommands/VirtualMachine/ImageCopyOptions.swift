import ArgumentParser
import MartletLinux
import MartletModel

/// What a new machine gets from an image.
struct ImageCopyOptions: ParsableArguments {
    @Option(help: "An image to make the first disk from; it stays needed, unless --full-copy is given.")
    var image: String?

    @Flag(help: "Copy the whole image, so that the disk stands by itself.")
    var fullCopy = false

    @Option(help: ArgumentHelp("What the guest sees of that disk; the image's capacity by default.", valueName: "size"))
    var diskSize: ByteCount?

    @Option(
        help: ArgumentHelp("What cloud-init is given: #cloud-config, a script, …; at most 64 KiB.", valueName: "file"),
        completion: .file())
    var userData: String?

    @Option(
        help: ArgumentHelp("A file with public keys that may log in; may be repeated.", valueName: "file"),
        completion: .file())
    var sshKey: [String] = []

    @Flag(help: "Have cloud-init install the integration services; images of `martlet image build` have them.")
    var installServices = false

    func validate() throws {
        if image == nil, fullCopy || diskSize != nil {
            throw ValidationError("--full-copy and --disk-size need --image")
        }
    }

    var copy: CreateVirtualMachineRequest.ImageCopy? {
        image.map { .init(image: $0, fullCopy: fullCopy ? true : nil, capacity: diskSize) }
    }

    /// Reads the files, which are on this computer and not on the host.
    ///
    /// - Throws: `notFound`, `forbidden`, `tooLarge`, `invalidArgument`.
    func cloudInit(in context: CommandContext) throws(MartletError) -> CloudInit? {
        guard userData != nil || !sshKey.isEmpty || installServices else { return nil }
        var request = CloudInit(installServices: installServices ? true : nil)
        if let userData { request.userData = try Self.text(context.absolute(userData), limit: CloudInit.mostUserData) }
        var keys: [String] = []
        for file in sshKey {
            let text = try Self.text(context.absolute(file), limit: CloudInit.longestKey * CloudInit.mostKeys)
            keys += text.split(whereSeparator: \.isNewline).map(String.init).filter { !$0.hasPrefix("#") }
        }
        if !keys.isEmpty { request.sshKeys = keys }
        try request.check()
        return request
    }

    private static func text(_ path: String, limit: Int) throws(MartletError) -> String {
        guard let text = String(validating: try BoundedFile.read(path, limit: limit), as: UTF8.self) else {
            throw MartletError(.invalidArgument, "'\(path)' is not text in UTF-8, which user data and keys are")
        }
        return text
    }
}
