import MartletGuestProtocol
import MartletLinux
import MartletModel
import SwiftProtobuf

extension VirtualMachineDriver {
    /// Begins to talk to the guest's integration services, as far as there are any.
    func openGuest() async {
        let socket = tools.layout.guestSocket(of: id)
        // A machine that was started by an older version has no port; it gets one with its next start.
        guard guest == nil, FileEntry.exists(socket) else { return }
        let link = GuestLink(
            ways: ways(socket), machine: configuration.name, disabled: Set(configuration.disabledServices),
            values: configuration.guestValues,
            logger: tools.logger, now: tools.environment.now,
            changed: { [weak self] status in await self?.guestChanged(status) })
        guest = link
        await link.executionChanged(isRunning: life.published == .running)
        await link.start()
    }

    private func ways(_ socket: String) -> GuestWays {
        var ways = GuestWays(port: socket)
        if let context = vsockContext {
            ways.vsock = { () throws(MartletError) in
                try await VsockSocket.connect(context: context, port: GuestContract.vsockPort)
            }
        }
        return ways
    }

    func closeGuest() async {
        let link = guest
        guest = nil
        guestStatus = nil
        guestUsers = [:]
        await link?.end()
    }

    private func guestChanged(_ status: GuestStatus?) {
        guard guest != nil, status != guestStatus else { return }
        guestStatus = status
        publish()
    }

    /// QEMU says that the guest's processors run, or stand still.
    func guestExecutes(_ isRunning: Bool) {
        guard let guest else { return }
        Task { await guest.executionChanged(isRunning: isRunning) }
    }

    func guestPortChanged() {
        guard let guest else { return }
        Task { await guest.portChanged() }
    }

    /// The way to the guest's integration services.
    ///
    /// - Throws: `wrongState` for a machine that doesn't run.
    func requireGuest() throws(MartletError) -> GuestLink {
        if let guest, life.published == .running { return guest }
        throw MartletError(
            .wrongState,
            life.published == .running
                ? "'\(configuration.name)' was started without a port for integration services; restart it"
                : "'\(configuration.name)' doesn't run; start it with `martlet vm start`",
            details: [.init("state", life.published.rawValue)])
    }

    /// A guest that makes up sessions without end fills nothing.
    private static let mostGuestUsers = 1_000

    /// As whom a session was opened, by its id's digest: the id itself is the user's.
    func noteGuestUser(_ opened: OpenedGuestSession) {
        if guestUsers.count >= Self.mostGuestUsers { guestUsers = [:] }
        guestUsers[SHA256Digest(of: Array(opened.id.utf8))] = opened.session.user
    }

    func guestUser(of session: String) -> String? { guestUsers[SHA256Digest(of: Array(session.utf8))] }

    /// Asks the integration services to shut the guest down.
    ///
    /// - Returns: whether the guest has taken the word; it may have none who could.
    func askServicesToShutDown() async -> Bool {
        guard let guest else { return false }
        do {
            _ = try await guest.call(.shutdown) { client in
                try await GuestSystem.Client(wrapping: client).shutDown(
                    .with { $0.kind = .powerOff }, options: GuestCall.options(GuestCall.shortly))
            }
            return true
        } catch {
            return false
        }
    }
}
