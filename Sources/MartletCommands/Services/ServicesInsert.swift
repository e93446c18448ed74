import ArgumentParser
import MartletClient
import MartletModel

struct ServicesInsert: HostVerb {
    static let configuration = CommandConfiguration(
        commandName: "insert",
        abstract: "Put the disc that installs the integration services into drives of machines.",
        discussion: """
            The disc is an ISO image of the host's own version, which is made the first time; making it is for \
            administrators. A running guest sees it at once. In a guest with Linux, as root:

              mount /dev/sr0 /mnt && sh /mnt/install.sh

            A machine without a drive gets one with `martlet iso add` while it is off. Afterwards `martlet iso eject` takes the \
            disc out.

              martlet vm services insert web
              martlet vm services insert --label env=test
            """
    )
    static let uses: [OperationID] = [
        .listMachines, .getHost, .listImages, .buildImage, .getOperation, .changeISO,
    ]

    @Argument(help: "The machines, by name or id.")
    var names: [String] = []

    @OptionGroup var choice: MachineChoice
    @OptionGroup var drive: ISODriveOptions
    @OptionGroup var host: HostOptions
    @OptionGroup var output: OutputOptions

    func validate() throws { try choice.validate(with: names) }

    func run(on session: HostSession) async throws {
        let machines = try await choice.machines(names, in: nil, session)
        if machines.isEmpty { return }
        let image = GuestServicesDisc.imageName(version: try await session.client.getHost().version)
        if try await !session.client.listImages(name: image).contains(where: { $0.name == image }) {
            let follower = Batch(session, count: 1).follower
            let request = BuildImageRequest(recipe: GuestServicesDisc.recipe, name: image)
            _ = try await follower.follow(try await session.client.buildImage(request))
        }
        try await drive.change(machines, to: image, on: session, output: output)
    }
}
