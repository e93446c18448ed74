package import MartletModel

extension HostClient {
    /// Something for a key of a guest's user to sign.
    package func challengeGuestUser(
        _ machine: String, _ body: GuestKeyChallengeRequest
    ) async throws -> GuestKeyChallenge {
        try await send(APIRequest(.challengeGuestUser, machine), body)
    }

    /// Signs in to a guest as one of its own users.
    package func openGuestSession(
        _ machine: String, _ body: OpenGuestSessionRequest
    ) async throws -> OpenedGuestSession {
        // A guest makes whoever is wrong wait.
        var request = APIRequest(.openGuestSession, machine)
        request.patience = .seconds(60)
        return try await send(request, body)
    }

    /// The sessions with a guest.
    package func listGuestSessions(_ machine: String) async throws -> [GuestUserSession] {
        try await whole(APIRequest(.listGuestSessions, machine))
    }

    /// Closes a session and ends its programs.
    package func closeGuestSession(_ machine: String, number: Int) async throws {
        _ = try await transport.answer(to: APIRequest(.closeGuestSession, machine, part: "\(number)"))
    }

    /// Runs a program in a guest and does `work` with what goes to it and comes from it. When `work` returns or throws before the
    /// program has ended, it is hung up.
    package func executeInGuest<Value: Sendable>(
        _ machine: String, _ start: GuestProgramStart, _ work: (GuestProgram) async throws -> Value
    ) async throws -> Value {
        try await transport.webSocket(APIRequest(.executeInGuest, machine)) { socket in
            let program = GuestProgram(socket: socket)
            try await program.send(.start(start))
            return try await work(program)
        }
    }
}
