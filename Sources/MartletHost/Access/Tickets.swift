import FoundationEssentials
import MartletLinux
package import MartletModel
import Synchronization

/// Tickets: each admits whoever shows it once, within 30 seconds, to one thing of one machine, as the one who asked for it.
///
/// They stand in addresses, which are remembered in places where headers aren't; so they are good for so little. They are kept in
/// memory alone, by their digests, and their ends are by a clock that nobody can set.
package final class Tickets: Sendable {
    private struct Ticket {
        var principal: Principal
        var purpose: TicketPurpose
        var machine: ID<VirtualMachine>
        var made: ContinuousClock.Instant
    }

    package static let prefix = "mlk_"
    package static let life: Duration = .seconds(30)
    /// At once, of everybody.
    package static let most = 4_096
    /// At once, of one user or token.
    package static let mostOfOne = 256

    private let environment: HostEnvironment
    private let tickets = Mutex<[SHA256Digest: Ticket]>([:])

    package init(environment: HostEnvironment) { self.environment = environment }

    /// Makes a ticket: `mlk_` and 256 random bits, of which the digest alone is kept.
    ///
    /// - Throws: `tooMany` when so many wait to be used; `unsupported` or `ioFailed` without random numbers.
    package func make(
        _ purpose: TicketPurpose, of machine: ID<VirtualMachine>, for principal: Principal
    ) throws(MartletError) -> CreatedTicket {
        let secret = Self.prefix + Self.base64URL(try SecureRandom.bytes(32))
        let now = environment.steadyNow()
        let isMade = tickets.withLock { tickets in
            tickets = tickets.filter { isGood($0.value, now) }
            guard tickets.count < Self.most,
                tickets.values.count(where: { $0.principal.name == principal.name }) < Self.mostOfOne
            else { return false }
            tickets[Self.digest(of: secret)] = Ticket(
                principal: principal, purpose: purpose, machine: machine, made: now)
            return true
        }
        guard isMade else {
            throw MartletError(
                .tooMany, "too many tickets wait to be used; use them, or wait until they have ended",
                details: [.init("retryAfterInSeconds", "\(Self.life.components.seconds)")])
        }
        let ends = environment.now().milliseconds + Int64(Self.life / .milliseconds(1))
        return CreatedTicket(
            secret: secret, purpose: purpose, machine: machine, ends: Moment(milliseconds: ends))
    }

    /// Uses a ticket up: whatever it was shown for, it is good no more.
    ///
    /// - Parameter machine: that it is shown for; nil for one that isn't there.
    /// - Returns: who asked for it; nil when it isn't for this, was used, has ended or never was.
    package func use(_ secret: String, for purpose: TicketPurpose, of machine: ID<VirtualMachine>?) -> Principal? {
        guard secret.utf8.count <= 256 else { return nil }
        let digest = Self.digest(of: secret)
        let now = environment.steadyNow()
        guard let ticket = tickets.withLock({ $0.removeValue(forKey: digest) }), isGood(ticket, now),
            ticket.purpose == purpose, ticket.machine == machine
        else { return nil }
        return ticket.principal
    }

    private func isGood(_ ticket: Ticket, _ now: ContinuousClock.Instant) -> Bool { now - ticket.made < Self.life }

    private static func digest(of secret: String) -> SHA256Digest { SHA256Digest(of: Array(secret.utf8)) }

    /// Of RFC 4648, 5, without padding: an address's query holds it as it is.
    private static func base64URL(_ bytes: [UInt8]) -> String {
        Data(bytes).base64EncodedString().replacing("+", with: "-").replacing("/", with: "_").replacing("=", with: "")
    }
}
