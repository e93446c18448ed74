import ArgumentParser
import MartletClient
import MartletModel

/// Which drive, and how firmly.
struct ISODriveOptions: ParsableArguments {
    @Option(help: ArgumentHelp("Which of its drives; the first by default.", valueName: "number"))
    var drive: Int?

    @Flag(help: "Open the tray though the guest has locked it.")
    var force = false

    func change(
        _ machines: [String], to image: String?, on session: HostSession, output: OutputOptions
    ) async throws {
        let request = ChangeISORequest(image: image, slot: drive, force: force ? true : nil)
        try await session.performAtOnce(machines, output: output) { client, name in
            try await client.changeISO(name, request)
        } told: { machine in
            "\(Printable.escape(machine.name)): \(image.map { "\(Printable.escape($0)) is in" } ?? "the drive is empty")"
        }
    }
}
