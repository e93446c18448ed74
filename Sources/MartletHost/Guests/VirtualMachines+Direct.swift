package import MartletModel

extension VirtualMachines {
    /// Something for a key of a guest's user to sign.
    ///
    /// - Throws: `notFound`; `wrongState` for a machine that doesn't run, or whose service `direct` is off; `unavailable` where no
    ///   integration services answer; `unsupported` where they don't offer it.
    package func guestChallenge(
        of id: ID<VirtualMachine>, _ request: GuestKeyChallengeRequest
    ) async throws(MartletError) -> GuestKeyChallenge {
        try await guest(of: id).challenge(request)
    }

    /// Opens a session with a user of a machine's guest.
    ///
    /// - Throws: `forbidden` when the guest doesn't believe it; as `guestChallenge`.
    package func openGuestSession(
        of id: ID<VirtualMachine>, _ request: OpenGuestSessionRequest, peer: String
    ) async throws(MartletError) -> OpenedGuestSession {
        let driver = try driver(id)
        let opened = try await driver.requireGuest().openSession(request, peer: peer)
        await driver.noteGuestUser(opened)
        return opened
    }

    /// The sessions with a machine's guest, by number.
    ///
    /// - Throws: as `guestChallenge`.
    package func guestSessions(of id: ID<VirtualMachine>) async throws(MartletError) -> [GuestUserSession] {
        try await guest(of: id).sessions().sorted { $0.number < $1.number }
    }

    /// Closes a session and ends its programs.
    ///
    /// - Throws: `notFound`; as `guestChallenge`.
    package func closeGuestSession(of id: ID<VirtualMachine>, _ number: Int) async throws(MartletError) {
        try await guest(of: id).closeSession(number)
    }

    /// Runs a program in a machine's guest until it ends; whoever cancels this hangs it up.
    ///
    /// - Throws: as `guestChallenge`, `timedOut`, `guestFailed`, what `inputs` and `output` throw of ours.
    package func execute(
        in id: ID<VirtualMachine>, _ start: GuestProgramStart,
        inputs: @escaping @Sendable (_ pass: (GuestExecutionInput) async throws -> Void) async throws -> Void,
        output: @escaping @Sendable (GuestExecutionOutput) async throws -> Void
    ) async throws(MartletError) {
        try await guest(of: id).execute(start, inputs: inputs, output: output)
    }

    /// - Throws: as `guestChallenge`.
    package func requireGuest(of id: ID<VirtualMachine>) async throws(MartletError) {
        _ = try await guest(of: id).require(.direct)
    }

    /// As whom a session was opened; nil for one that this daemon doesn't know.
    package func guestUser(of id: ID<VirtualMachine>, session: String) async -> String? {
        await (try? driver(id))?.guestUser(of: session)
    }

    private func guest(of id: ID<VirtualMachine>) async throws(MartletError) -> GuestLink {
        try await driver(id).requireGuest()
    }
}
