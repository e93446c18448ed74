import MartletGuestProtocol
import MartletLinux
import MartletModel

/// The sessions that are open, in memory alone: a guest's program that was started anew knows none.
actor DirectSessions {
    private let configuration: DirectConfiguration
    private let database: AccountDatabase
    private let log: AuthenticationLog
    private let clock = ContinuousClock()
    private var sessions: [String: DirectSession] = [:]
    private var lastNumber: UInt32 = 0
    private var lastProgram: UInt64 = 0

    init(_ configuration: DirectConfiguration, _ database: AccountDatabase, _ log: AuthenticationLog) {
        self.configuration = configuration
        self.database = database
        self.log = log
    }

    /// Opens a session for one who has shown to be this user.
    ///
    /// - Throws: `tooMany`.
    func open(_ user: GuestUser, _ proof: DirectSession.Proof, peer: String) async throws(MartletError) -> DirectSession
    {
        let groups = await database.groups(of: user)
        guard sessions.count < configuration.mostSessions else {
            throw MartletError(.tooMany, "\(sessions.count) sessions are open in the guest; close some of them")
        }
        lastNumber += 1
        let session = DirectSession(
            id: try SecureRandom.hex(byteCount: 16), number: lastNumber, user: user, groups: groups, proof: proof,
            peer: peer,
            openedInMicroseconds: GuestClock.now, lastUse: clock.now)
        sessions[session.id] = session
        log.write(.info, "session \(session.number) opened for \(user.name) by \(proof.rawValue), asked for by \(peer)")
        return session
    }

    var all: [DirectSession] { sessions.values.sorted { $0.number < $1.number } }

    /// - Throws: `notFound`.
    func close(id: String) throws(MartletError) {
        guard let session = sessions[id] else { throw Self.unknown }
        close(session, "it was asked to")
    }

    /// - Throws: `notFound`.
    func close(number: UInt32) throws(MartletError) {
        guard let session = sessions.values.first(where: { $0.number == number }) else {
            throw MartletError(
                .notFound, "the guest has no session \(number); list them with 'martlet vm session list'")
        }
        close(session, "the host asked to")
    }

    func closeAll() {
        for session in sessions.values { close(session, "the guest's program ends") }
    }

    /// Starts a program in a session.
    ///
    /// - Throws: `unauthenticated` for a session that isn't open, or not any more; `tooMany`; what `start` throws.
    func run(
        _ id: String, _ start: @Sendable (DirectSession) async throws(MartletError) -> RunningProgram
    ) async throws(MartletError) -> (UInt64, RunningProgram) {
        guard let session = sessions[id] else { throw Self.unknown }
        await check(session)
        guard sessions[id] != nil else { throw Self.unknown }
        let running = sessions.values.reduce(0) { $0 + $1.programs.count + $1.starting }
        guard running < configuration.mostPrograms else {
            throw MartletError(.tooMany, "\(running) programs run in the guest's sessions; wait until some have ended")
        }
        sessions[id]?.starting += 1
        defer {
            sessions[id]?.starting -= 1
            sessions[id]?.lastUse = clock.now
        }
        let program = try await start(session)
        guard sessions[id] != nil else {
            program.hangUp(.sessionClosed)
            throw Self.unknown
        }
        lastProgram += 1
        sessions[id]?.programs[lastProgram] = program
        return (lastProgram, program)
    }

    /// A program has ended.
    func ended(_ program: UInt64, in id: String) {
        sessions[id]?.programs[program] = nil
        sessions[id]?.lastUse = clock.now
    }

    /// Closes the sessions of users that are gone or out, and those that nobody uses; until cancelled.
    func watch() async {
        while !Task.isCancelled {
            try? await clock.sleep(for: configuration.checkInterval)
            for session in sessions.values { await check(session) }
        }
        closeAll()
    }

    private func check(_ seen: DirectSession) async {
        let user = await database.user(named: seen.user.name)
        guard let session = sessions[seen.id] else { return }
        if let reason = reasonToEnd(session, user) { close(session, reason) }
    }

    private func reasonToEnd(_ session: DirectSession, _ user: GuestUser?) -> String? {
        guard let user, user.userID == session.user.userID else { return "the user was removed" }
        if let refusal = database.refusal(of: user) { return refusal }
        // Who came by a key came without the password, and needn't have one.
        if session.proof == .password, let shadow = database.shadow(of: user), shadow.isLocked {
            return "the password was locked"
        }
        return session.isIdle && clock.now - session.lastUse > configuration.idleLimit ? "nobody used it" : nil
    }

    private func close(_ session: DirectSession, _ reason: String) {
        guard let session = sessions.removeValue(forKey: session.id) else { return }
        for program in session.programs.values { program.hangUp(.sessionClosed) }
        log.write(.info, "session \(session.number) closed for \(session.user.name): \(reason)")
    }

    private static var unknown: MartletError {
        MartletError(.unauthenticated, "the session isn't open; sign in again")
    }
}
