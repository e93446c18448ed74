import GRPCCore
import Logging
import MartletGuestProtocol
import MartletLinux
import MartletModel
import SwiftProtobuf
import Synchronization

#if canImport(FoundationEssentials)
    import FoundationEssentials
#else
    import Foundation
#endif

/// Direct: programs run for a user of the guest, who has shown the guest who they are. Nobody is let in for being the host's administrator.
struct DirectService: GuestDirect.SimpleServiceProtocol {
    private static let longestPeer = 256
    private static let refusal = RPCError(
        code: .unauthenticated, message: "the guest didn't let this user in: the name, the password or the key is wrong"
    )

    let sessions: DirectSessions
    let passwords: GuestPasswordCheck
    private let database: AccountDatabase
    private let keys: KeyCheck
    private let log: AuthenticationLog
    private let gate: SignInGate
    private let launcher: ProgramLauncher
    private let links: LinkSessions
    private let challenges = ChallengeBook()

    /// - Throws: as `ProgramLauncher`.
    init(
        _ configuration: DirectConfiguration, runFolder: String, links: LinkSessions, logger: Logger
    ) async throws(MartletError) {
        self.links = links
        database = AccountDatabase(configuration)
        log = AuthenticationLog(socket: configuration.logSocket, logger: logger)
        sessions = DirectSessions(configuration, database, log)
        passwords = await GuestPasswordCheck(configuration, database)
        keys = KeyCheck(runFolder: runFolder)
        gate = SignInGate(configuration.throttle)
        launcher = try ProgramLauncher(configuration, database)
    }

    func challenge(request: GuestChallengeRequest, context: ServerContext) async throws -> GuestChallengeReply {
        guard ProgramSearch.path(of: "ssh-keygen") != nil else { throw RPCError(KeyCheck.withoutProgram) }
        let challenge = try await RPCError.mapping { () async throws(MartletError) in
            try challenges.make(for: request.user)
        }
        return .with {
            $0.challenge = Data(challenge)
            $0.namespace = KeyCheck.namespace
        }
    }

    func signIn(request: GuestSignInRequest, context: ServerContext) async throws -> GuestSession {
        let name = String(request.user.prefix(GuestUser.longestName))
        let peer = String(request.peer.filter { $0 != "\0" }.prefix(Self.longestPeer))
        let session = try await RPCError.mapping { () async throws(MartletError) -> DirectSession? in
            // Keys aren't guessed: who has one doesn't wait for those who guess at the password.
            let turn = if case .key = request.credential { "key of \(name)" } else { name }
            let outcome = try await gate.pass(turn) { await admit(name, request.credential, peer) }
            return switch outcome {
            case .success(let admission): try await sessions.open(admission.user, admission.proof, peer: peer)
            case .failure(let error): throw error
            case nil: nil
            }
        }
        guard let session else { throw Self.refusal }
        return session.message(withID: true)
    }

    private struct Admission {
        var user: GuestUser
        var proof: DirectSession.Proof
    }

    /// nil for one who isn't let in; a failure for one who is known and is told why not.
    private func admit(
        _ name: String, _ credential: GuestSignInRequest.OneOf_Credential?, _ peer: String
    ) async -> Result<Admission, MartletError>? {
        let user = await database.user(named: name)
        let (proof, verdict): (DirectSession.Proof, GuestPasswordCheck.Verdict) =
            switch credential {
            case .password(let password):
                (.password, await passwords.check(user, name: name, password: password, peer: peer))
            case .key(let proof): (.key, await check(user, name, proof, peer))
            case nil: (.password, .wrong)
            }
        switch (verdict, user) {
        case (.accepted, let user?):
            guard let reason = database.refusal(of: user) else { return .success(Admission(user: user, proof: proof)) }
            return refuse(name, proof, peer, reason)
        case (.refused(let reason), _?): return refuse(name, proof, peer, reason)
        case (.failed(let reason), _): log.write(.warning, "'\(name)' can't be checked by \(proof.rawValue): \(reason)")
        default:
            log.write(
                .warning,
                "failed \(proof.rawValue) for \(user == nil ? "unknown user " : "")'\(name)', asked for by \(peer)")
        }
        return nil
    }

    private func refuse(
        _ name: String, _ proof: DirectSession.Proof, _ peer: String, _ reason: String
    ) -> Result<Admission, MartletError>? {
        log.write(.warning, "'\(name)' is refused by \(proof.rawValue), asked for by \(peer): \(reason)")
        return .failure(MartletError(.unauthenticated, "the guest doesn't let '\(name)' in: \(reason)"))
    }

    private func check(
        _ user: GuestUser?, _ name: String, _ proof: GuestKeyProof, _ peer: String
    ) async -> GuestPasswordCheck.Verdict {
        guard challenges.take(Array(proof.challenge), from: name), let user else { return .wrong }
        do {
            switch try await keys.check(user, challenge: Array(proof.challenge), signature: proof.signature) {
            case .accepted: return await passwords.checkAccount(user, peer: peer)
            case .wrong(let reason): return .failed(reason)
            }
        } catch {
            return .failed("\(error)")
        }
    }

    func listSessions(request: GuestListSessionsRequest, context: ServerContext) async throws -> GuestListSessionsReply
    {
        let all = await sessions.all
        return .with { $0.sessions = all.map { $0.message(withID: false) } }
    }

    func closeSession(request: GuestCloseSessionRequest, context: ServerContext) async throws -> GuestCloseSessionReply
    {
        try await RPCError.mapping { () async throws(MartletError) in
            switch request.which {
            case .id(let id): try await sessions.close(id: id)
            case .number(let number): try await sessions.close(number: number)
            case nil: throw MartletError(.invalidArgument, "no session was named; give its number")
            }
        }
        return GuestCloseSessionReply()
    }

    func execute(
        request: RPCAsyncSequence<GuestExecuteInput, any Error>, response: RPCWriter<GuestExecuteOutput>,
        context: ServerContext
    ) async throws {
        let messages = ProgramMessages(request)
        guard case .start(let start) = try await messages.next()?.message else {
            throw RPCError(code: .invalidArgument, message: "the first message doesn't say what to start")
        }
        let streams = try ProgramLinkStreams(start, links)
        defer { streams?.close() }
        let (number, program) = try await RPCError.mapping { () async throws(MartletError) in
            try await sessions.run(start.session) { session throws(MartletError) in
                let plan = try ProgramPlan(start, user: session.user)
                return try await launcher.start(
                    plan, terminal: start.hasTerminal ? start.terminal : nil, session: session)
            }
        }
        do {
            try await ProgramConversation(program: program, response: response, streams: streams).hold(messages)
        } catch {
            await sessions.ended(number, in: start.session)
            throw error
        }
        await sessions.ended(number, in: start.session)
    }
}

/// Challenges and their clock.
private final class ChallengeBook: Sendable {
    private let challenges = Mutex(Challenges())
    private let clock = ContinuousClock()
    private let origin: ContinuousClock.Instant

    init() { origin = clock.now }

    /// - Throws: as `SecureRandom`.
    func make(for user: String) throws(MartletError) -> [UInt8] {
        let random = try SecureRandom.hex(byteCount: 32)
        let shown = AuthenticationLog.plain(String(user.prefix(GuestUser.longestName)))
        return challenges.withLock { $0.make(for: shown, random: random, now: clock.now - origin) }
    }

    func take(_ challenge: [UInt8], from user: String) -> Bool {
        challenges.withLock { $0.take(challenge, from: user, now: clock.now - origin) }
    }
}
