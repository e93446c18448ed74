import MartletClient
import MartletModel

/// A session with a guest, for as long as something is done with it.
struct GuestSessions: Sendable {
    /// The routes of every verb that signs in to guests and runs something there.
    static let routes: [OperationID] = [.challengeGuestUser, .openGuestSession, .executeInGuest, .closeGuestSession]

    let client: HostClient
    let credentials: GuestCredentials

    init(_ options: DirectOptions, _ session: HostSession) {
        client = session.client
        credentials = GuestCredentials(options, session)
    }

    /// Does `work` in a session with the guest of a machine, and closes it on every way out.
    ///
    /// - Throws: as `GuestCredentials.signIn`; whatever `work` throws.
    func with<Value: Sendable>(
        _ machine: ChosenMachine, _ work: (OpenedGuestSession) async throws -> Value
    ) async throws -> Value {
        let opened = try await credentials.signIn(to: machine.key, name: machine.name, client)
        let result: Result<Value, any Error>
        do { result = .success(try await work(opened)) } catch { result = .failure(error) }
        // Cancelled or not: a session that isn't closed stays in the guest until it ends by itself.
        await Task { try? await client.closeGuestSession(machine.key, number: opened.session.number) }.value
        return try result.get()
    }
}

/// A machine that a verb is for: what to ask for it by, and what people know it by.
struct ChosenMachine: Hashable, Sendable {
    /// Its name as it was given, or its id.
    var key: String
    var name: String
}

extension MachineChoice {
    /// The machines of `names`, or those chosen by `--all` and `--label` that run.
    ///
    /// - Throws: `notFound` when no machine has the labels.
    func running(_ names: [String], _ session: HostSession) async throws -> [ChosenMachine] {
        guard isGiven else { return names.map { ChosenMachine(key: $0, name: $0) } }
        let lines = try await session.client.listMachines(labels: labels, as: MachineLine.self)
        if lines.isEmpty, !labels.isEmpty {
            let text = labels.map(\.description).joined(separator: " and ")
            throw MartletError(
                .notFound, "no machine has the label \(text); `martlet vm show` shows a machine's labels")
        }
        return lines.filter { $0.state == .running }.map { ChosenMachine(key: $0.id, name: $0.name) }
    }
}
