import ArgumentParser
import MartletClient
import MartletModel

struct ServicesList: HostVerb {
    static let configuration = CommandConfiguration(
        commandName: "list",
        abstract: "List a machine's integration services: which are on, and which its guest offers.")
    static let uses: [OperationID] = [.getMachine]

    @Argument(help: "The machine.")
    var machine: String

    @OptionGroup var host: HostOptions
    @OptionGroup var output: OutputOptions

    func run(on session: HostSession) async throws {
        let machine = try await session.client.getMachine(machine)
        let guest = machine.status.guest
        try session.print(
            GuestService.allCases.map { service in
                ServiceLine(
                    service: service, isOn: !machine.configuration.disabledServices.contains(service),
                    isOffered: guest.map { $0.services.contains(service) })
            }, output)
    }
}

/// A service, whether the host wants it, and whether the guest has it.
struct ServiceLine: Codable, Sendable {
    var service: GuestService
    var isOn: Bool
    /// nil while the guest hasn't answered.
    var isOffered: Bool?
}

extension ServiceLine: Tabular {
    static var columns: [Column<Self>] {
        [
            Column("SERVICE") { $0.service.rawValue }, Column("WANTED") { $0.isOn ? "on" : "off" },
            Column("IN THE GUEST") { $0.isOffered.map { $0 ? "yes" : "no" } ?? "not known" },
        ]
    }

    func fields(now: Moment) -> [Field] { Self.columns.map { Field($0.title, $0.value(self, now)) } }
}
