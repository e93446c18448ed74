import MartletHost
import MartletModel
import MartletTestSupport
import Testing

@Suite("Tickets")
struct TicketTests {
    private let clock = TestClock()
    private let machine: ID<VirtualMachine> = HostEnvironment().makeID()
    private let alice = Principal(name: "alice", role: .operator)

    @Test("a ticket lets in whoever it was made for, once, and is 256 bits as an address's query holds them")
    func once() throws {
        let tickets = Tickets(environment: clock.environment)
        let ticket = try tickets.make(.screen, of: machine, for: alice)
        #expect(ticket.secret.contains(/^mlk_[A-Za-z0-9_-]{43}$/))
        #expect(tickets.use(ticket.secret, for: .screen, of: machine) == alice)
        #expect(tickets.use(ticket.secret, for: .screen, of: machine) == nil)
        #expect(try tickets.make(.screen, of: machine, for: alice).secret != ticket.secret)
    }

    @Test("shown for another machine, for something else or for nothing that is there, it is refused and used up")
    func elsewhere() throws {
        let tickets = Tickets(environment: clock.environment)
        let others: [(TicketPurpose, ID<VirtualMachine>?)] = [
            (.console, machine), (.screen, HostEnvironment().makeID()), (.screen, nil),
        ]
        for (purpose, shown) in others {
            let secret = try tickets.make(.screen, of: machine, for: alice).secret
            #expect(tickets.use(secret, for: purpose, of: shown) == nil)
            #expect(tickets.use(secret, for: .screen, of: machine) == nil)
        }
        for wrong in ["", "mlk_", String(repeating: "x", count: 10_000)] {
            #expect(tickets.use(wrong, for: .screen, of: machine) == nil)
        }
    }

    @Test("it ends after 30 seconds, whatever the wall clock is set to")
    func ends() throws {
        let tickets = Tickets(environment: clock.environment)
        let made = clock.environment.now()
        let (good, late) = (
            try tickets.make(.console, of: machine, for: alice), try tickets.make(.console, of: machine, for: alice)
        )
        #expect(good.ends.milliseconds == made.milliseconds + 30_000)
        clock.set(wall: -86_400)
        clock.pass(seconds: 29)
        #expect(tickets.use(good.secret, for: .console, of: machine) == alice)
        clock.pass(seconds: 1)
        #expect(tickets.use(late.secret, for: .console, of: machine) == nil)
    }

    @Test("one who makes too many is refused while others are not, and those that have ended make room")
    func bounded() throws {
        let tickets = Tickets(environment: clock.environment)
        for _ in 0..<Tickets.mostOfOne { _ = try tickets.make(.screen, of: machine, for: alice) }
        let error = #expect(throws: MartletError.self) { try tickets.make(.screen, of: machine, for: alice) }
        #expect(error?.code == .tooMany)
        _ = try tickets.make(.screen, of: machine, for: Principal(name: "bob", role: .operator))
        clock.pass(seconds: 30)
        _ = try tickets.make(.screen, of: machine, for: alice)
    }
}
