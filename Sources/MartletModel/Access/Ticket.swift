/// What a ticket admits to, of one machine.
package enum TicketPurpose: String, Sendable, Codable, CaseIterable {
    case screen
    case console
}

/// A ticket that is wanted.
package struct CreateTicketRequest: Hashable, Sendable, Codable {
    package var purpose: TicketPurpose

    package init(purpose: TicketPurpose) { self.purpose = purpose }
}

/// A ticket that was just made: what a web socket is opened by where no header can be sent, as in a browser.
package struct CreatedTicket: Hashable, Sendable, Codable {
    /// Shown this once.
    package var secret: String
    package var purpose: TicketPurpose
    package var machine: ID<VirtualMachine>
    package var ends: Moment

    package init(secret: String, purpose: TicketPurpose, machine: ID<VirtualMachine>, ends: Moment) {
        self.secret = secret
        self.purpose = purpose
        self.machine = machine
        self.ends = ends
    }
}
