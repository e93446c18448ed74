import FoundationEssentials
import MartletClient
import MartletModel
import Synchronization

/// Questions to a guest about its own users and groups, in one session.
struct GuestAccounts: Sendable {
    /// Of an answer, in bytes: a guest can't make it longer.
    private static let longestAnswer = 16 << 20
    private static let longestMessage = 1_000

    private let machine: ChosenMachine
    private let session: String
    private let client: HostClient

    /// Does `work` in a session with the guest of a machine.
    ///
    /// - Throws: as `GuestSessions.with`.
    static func with<Value: Sendable>(
        _ machine: String, _ direct: DirectOptions, _ session: HostSession,
        _ work: (GuestAccounts) async throws -> Value
    ) async throws -> Value {
        let machine = ChosenMachine(key: machine, name: machine)
        return try await GuestSessions(direct, session).with(machine) { opened in
            try await work(GuestAccounts(machine: machine, session: opened.id, client: session.client))
        }
    }

    /// The users that a question is about.
    ///
    /// - Throws: `guestFailed` for an answer that says nothing of them; as `ask`.
    func users(_ request: GuestAccountRequest) async throws -> [GuestUserAccount] {
        guard let users = try await ask(request).users else { throw unreadable }
        return users
    }

    func user(_ request: GuestAccountRequest) async throws -> GuestUserAccount {
        guard let user = try await users(request).first else { throw unreadable }
        return user
    }

    /// The groups that a question is about.
    ///
    /// - Throws: as `users`.
    func groups(_ request: GuestAccountRequest) async throws -> [GuestGroupAccount] {
        guard let groups = try await ask(request).groups else { throw unreadable }
        return groups
    }

    func group(_ request: GuestAccountRequest) async throws -> GuestGroupAccount {
        guard let group = try await groups(request).first else { throw unreadable }
        return group
    }

    /// - Throws: what the guest refuses by; `guestFailed` for an answer that can't be read; `tooLarge`; what the host answers.
    private func ask(_ request: GuestAccountRequest) async throws -> GuestAccountAnswer {
        let question = Array(try JSONEncoder().encode(request))
        let start = GuestProgramStart(session: session, program: .builtIn(["accounts"]))
        let bytes = try await client.executeInGuest(machine.key, start) { program in
            try await program.send(.input(question))
            try await program.send(.endOfInput)
            return try await Self.output(of: program)
        }
        guard let answer = try? JSONDecoder().decode(GuestAccountAnswer.self, from: Data(bytes)) else {
            throw unreadable
        }
        guard let failure = answer.failure else { return answer }
        throw MartletError(.init(wire: failure.code), String(failure.message.prefix(Self.longestMessage)))
    }

    private static func output(of program: GuestProgram) async throws -> [UInt8] {
        let kept = Mutex<[UInt8]>([])
        _ = try await program.follow { output in
            guard case .output(let bytes) = output else { return }
            let count = kept.withLock { kept in
                kept += bytes
                return kept.count
            }
            if count > longestAnswer {
                throw MartletError(
                    .tooLarge, "the guest's answer about its accounts is longer than \(longestAnswer) bytes")
            }
        }
        return kept.withLock { $0 }
    }

    private var unreadable: MartletError {
        MartletError(
            .guestFailed,
            "the answer of the guest of '\(machine.name)' about its accounts can't be read; update martlet-guest there")
    }
}

extension DirectOptions {
    /// What the help of the verbs for accounts says.
    static let accounts = """
        Signs in to the guest as `martlet vm exec` does. Changes are made by the guest's own programs, and who may make them is the \
        guest's affair; mostly root alone.
        """
}
