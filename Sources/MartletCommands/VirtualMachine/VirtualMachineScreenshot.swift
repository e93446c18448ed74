import ArgumentParser
import MartletClient
import MartletLinux
import MartletModel

struct VirtualMachineScreenshot: HostVerb {
    static let configuration = CommandConfiguration(
        commandName: "screenshot",
        abstract: "Save a picture of a machine's screen.",
        discussion: "The picture is a PNG. A direct machine has no screen; its console is `martlet vm console`."
    )
    static let uses: [OperationID] = [.getScreenshot]

    @Argument(help: "The machine.")
    var name: String

    @Argument(
        help: ArgumentHelp(
            "Where it goes; the machine's name and .png in the present folder by default, - for stdout."),
        completion: .file()
    )
    var file: String?

    @OptionGroup var host: HostOptions

    func run(on session: HostSession) async throws {
        if file == "-", session.streams.isOutputTerminal {
            throw MartletError(.invalidArgument, "a picture can't be shown on a terminal; name a file for it")
        }
        let picture = try await session.client.getScreenshot(name)
        if file == "-" { return try session.streams.output(picture) }
        let path = session.context.absolute(file ?? "\(name).png")
        try AtomicFile.write(picture, to: path, mode: 0o644)
        session.streams.tell("\(Printable.escape(path)) has \(ByteCount(bytes: Int64(picture.count)))\n")
    }
}
