import ArgumentParser
import MartletClient
import MartletModel

struct VirtualMachineTicket: HostVerb {
    static let configuration = CommandConfiguration(
        commandName: "ticket",
        abstract: "Make a ticket that opens a machine's screen or console once.",
        discussion: """
            For pages and programs that open a web socket and can send no header: within 30 seconds, at \
            /api/v1/vms/NAME/screen?ticket=TICKET or /api/v1/vms/NAME/console/socket?ticket=TICKET. Whoever shows it \
            is taken for you, at this machine and for this alone.
            """
    )
    static let uses: [OperationID] = [.createTicket]

    @Argument(help: "The machine.")
    var name: String

    @Argument(help: "What it is for: screen or console.")
    var purpose: TicketPurpose

    @OptionGroup var host: HostOptions

    func run(on session: HostSession) async throws {
        let ticket = try await session.client.createTicket(name, for: purpose)
        try session.streams.print(Printable.escape(ticket.secret) + "\n")
    }
}
