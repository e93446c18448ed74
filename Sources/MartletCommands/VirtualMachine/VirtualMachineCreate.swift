import ArgumentParser
import MartletClient
import MartletModel

struct VirtualMachineCreate: HostVerb {
    static let configuration = CommandConfiguration(
        commandName: "create",
        abstract: "Create a machine.",
        discussion: """
            A machine of generation 2 starts with UEFI and Secure Boot. A direct machine starts a kernel of yours:

              martlet vm create hello --generation direct --kernel vmlinuz --initrd initrd.img \\
                  --append console=ttyS0 --memory 256MiB --start

            Without --switch it gets an adapter on the host's default switch. Files are read on the host.
            """
    )
    static let uses: [OperationID] = [.createMachine, .getOperation, .getMachine, .startMachine]

    @Argument(help: "What it is called: 1 to 100 characters.")
    var name: String

    @Option(help: "The firmware: 1 is BIOS, 2 is UEFI, direct is a kernel of yours.")
    var generation: VirtualMachineConfiguration.Generation = .uefi

    @OptionGroup var settings: MachineSettingsOptions

    @Option(
        help: ArgumentHelp(
            "A new disk of this size, such as 20GiB, or the name of a disk there is; may be repeated.",
            valueName: "size-or-disk"
        )
    )
    var disk: [String] = []

    @Option(
        help: ArgumentHelp(
            "A drive with this ISO image in it, or an empty one for \"\"; may be repeated.", valueName: "image"))
    var iso: [String] = []

    @Option(help: ArgumentHelp("The kernel of a direct machine.", valueName: "file"), completion: .file())
    var kernel: String?

    @Option(help: ArgumentHelp("The initial RAM disk of a direct machine.", valueName: "file"), completion: .file())
    var initrd: String?

    @Option(
        parsing: .unconditional,
        help: ArgumentHelp("The kernel's command line.", valueName: "text")
    )
    var append: String?

    @Option(name: .customLong("switch"), help: ArgumentHelp("A switch to plug an adapter into; may be repeated."))
    var switches: [String] = []

    @Flag(help: "No adapter at all.")
    var noNetwork = false

    @Flag(help: "Start it when it is there.")
    var start = false

    @OptionGroup var wait: WaitOptions
    @OptionGroup var host: HostOptions
    @OptionGroup var output: OutputOptions

    func validate() throws {
        if noNetwork, !switches.isEmpty { throw ValidationError("give --switch or --no-network, not both") }
        if settings.secureBoot != nil, generation != .uefi {
            throw ValidationError("Secure Boot is for generation 2 alone; leave --secure-boot and --no-secure-boot out")
        }
        if start, wait.noWait {
            throw ValidationError("--start waits for the machine to be there: leave --no-wait out")
        }
        if generation == .direct, kernel == nil { throw ValidationError("--generation direct needs --kernel") }
        if generation != .direct, kernel != nil || initrd != nil || append != nil {
            throw ValidationError("--kernel, --initrd and --append need --generation direct")
        }
    }

    func run(on session: HostSession) async throws {
        let request = request(in: session.context)
        // The host holds to the same rules; told from here they name the option rather than the request's field.
        try VirtualMachineRules.check(request)
        let starts = start
        try await session.performOne(noWait: wait.noWait, output: output) { client, _ in
            try await client.createMachine(request)
        } result: { follower, created in
            if starts { try await Self.start(created.subject, follower) }
            return try await follower.client.getMachine(created.subject)
        } told: { machine in
            "\(machine.sentence) (\(machine.id))"
        }
    }

    private static func start(_ machine: String, _ follower: OperationFollower) async throws {
        do {
            _ = try await follower.follow(try await follower.client.startMachine(machine, paused: false))
        } catch var error as MartletError {
            error.message = "the machine was created and not started: \(error.message)"
            throw error
        }
    }

    func request(in context: CommandContext) -> CreateVirtualMachineRequest {
        var request = CreateVirtualMachineRequest(
            name: name,
            generation: generation,
            directBoot: kernel.map { kernel in
                VirtualMachineConfiguration.DirectBoot(
                    kernel: context.absolute(kernel),
                    initrd: initrd.map(context.absolute),
                    append: append ?? ""
                )
            },
            disks: disk.isEmpty ? nil : disk.map(Self.source),
            isos: iso.isEmpty ? nil : iso,
            switches: noNetwork ? [] : switches.isEmpty ? nil : switches
        )
        request.settings = settings.settings(of: nil)
        return request
    }

    /// What reads as a size is one; a disk that is called like one is given by its id.
    private static func source(_ text: String) -> CreateVirtualMachineRequest.DiskSource {
        ByteCount(argument: text).map { .new(capacity: $0) } ?? .existing(text)
    }
}
