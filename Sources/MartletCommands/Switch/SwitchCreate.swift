import ArgumentParser
import MartletClient
import MartletModel

struct SwitchCreate: HostVerb {
    static let configuration = CommandConfiguration(
        commandName: "create",
        abstract: "Create a switch.",
        discussion: """
            nat       machines, the host, and through the host the outside
            internal  machines and the host, no way outside
            private   machines alone
            external  machines on the network that an adapter of the host leads to; it takes the adapter at once and for good, \
            and is refused where that could cut somebody off
            user      QEMU's own network, a machine each; needs no root

              martlet switch create lab --kind internal --subnet 10.20.0.0/24
              martlet switch create lan --kind external --adapter eth1
            """
    )
    static let uses: [OperationID] = [.createSwitch, .getOperation, .getSwitch]

    @Argument(help: "What it is called: 1 to 100 characters.")
    var name: String

    @Option(help: "Who is on it: \(VirtualSwitch.Kind.allCases.map(\.rawValue).joined(separator: ", ")).")
    var kind: VirtualSwitch.Kind

    @Option(help: ArgumentHelp("Its network, as a.b.c.0/24; one that is free by default.", valueName: "network"))
    var subnet: String?

    @Option(help: "The host's adapter that an external switch takes, such as eth1.")
    var adapter: String?

    @Flag(name: .customLong("no-dhcp"), help: "Give out no addresses on an internal switch.")
    var noDHCP = false

    @Flag(name: .customLong("default"), help: "New machines get an adapter here when none is named.")
    var isDefault = false

    @Flag(help: "Take the adapter though it may cut off this host or you.")
    var force = false

    @OptionGroup var wait: WaitOptions
    @OptionGroup var host: HostOptions
    @OptionGroup var output: OutputOptions

    func run(on session: HostSession) async throws {
        let request = CreateVirtualSwitchRequest(
            name: name, kind: kind, subnet: subnet, adapter: adapter, servesAddresses: noDHCP ? false : nil,
            isDefault: isDefault ? true : nil, force: force ? true : nil)
        try await session.performOne(noWait: wait.noWait, output: output) { client, _ in
            try await client.createSwitch(request)
        } result: { follower, operation in
            try await follower.client.getSwitch(operation.subject)
        } told: {
            "\(Printable.escape($0.name)) is a switch of kind \($0.kind.rawValue) (\($0.id))"
        }
    }
}
