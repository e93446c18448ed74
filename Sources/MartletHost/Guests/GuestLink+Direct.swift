import FoundationEssentials
import GRPCCore
import MartletGuestProtocol
import MartletModel
import SwiftProtobuf

/// Sessions with the guest's own users, and the programs that run in them. The guest checks who somebody is; the host passes on
/// what it is given and keeps none of it.
extension GuestLink {
    /// A guest makes whoever is wrong wait, and a key is checked by a program.
    private static let signInLimit: Duration = .seconds(60)
    /// Until a program has been started.
    private static let startLimit: Duration = .seconds(30)
    /// More sessions aren't listed, whatever a guest says.
    private static let mostSessions = 1_000

    /// - Throws: as `call`.
    func challenge(_ request: GuestKeyChallengeRequest) async throws(MartletError) -> GuestKeyChallenge {
        try await call(.direct) { client in
            let reply = try await GuestDirect.Client(wrapping: client).challenge(
                .with { $0.user = request.user }, options: GuestCall.options(GuestCall.shortly))
            guard (1...1_024).contains(reply.challenge.count) else {
                throw MartletError(.guestFailed, "the guest's challenge has \(reply.challenge.count) bytes")
            }
            return GuestKeyChallenge(
                challenge: reply.challenge.base64EncodedString(), namespace: GuestWord.cut(reply.namespace, 64))
        }
    }

    /// - Parameter peer: who asks and from where, for the guest's log.
    /// - Throws: `forbidden` when the guest doesn't believe it; `invalidArgument`; as `call`.
    func openSession(
        _ request: OpenGuestSessionRequest, peer: String
    ) async throws(MartletError) -> OpenedGuestSession {
        let wire = try GuestSignInRequest(request, peer: peer)
        do throws(MartletError) {
            return try await call(.direct) { client in
                let session = try await GuestDirect.Client(wrapping: client)
                    .signIn(wire, options: GuestCall.options(Self.signInLimit))
                guard (1...256).contains(session.id.utf8.count) else {
                    throw MartletError(.guestFailed, "the guest's session has an id of \(session.id.utf8.count) bytes")
                }
                return OpenedGuestSession(id: session.id, session: GuestUserSession(session))
            }
        } catch {
            guard error.code == .unauthenticated else { throw error }
            // To the host the caller is who they are: 401 would say otherwise.
            throw MartletError(.forbidden, error.message, details: [.init(GuestUserSession.refusal, request.user)])
        }
    }

    /// - Throws: as `call`.
    func sessions() async throws(MartletError) -> [GuestUserSession] {
        try await call(.direct) { client in
            try await GuestDirect.Client(wrapping: client)
                .listSessions(GuestListSessionsRequest(), options: GuestCall.options(GuestCall.shortly))
                .sessions.prefix(Self.mostSessions).map { GuestUserSession($0) }
        }
    }

    /// - Throws: `notFound`; as `call`.
    func closeSession(_ number: Int) async throws(MartletError) {
        try await call(.direct) { client in
            _ = try await GuestDirect.Client(wrapping: client).closeSession(
                .with { $0.number = UInt32(clamping: number) }, options: GuestCall.options(GuestCall.shortly))
        }
    }

    /// Runs a program until it ends; whoever cancels this hangs it up.
    ///
    /// Nothing piles up: the guest isn't read while `output` waits, and `inputs` waits while the guest takes no more.
    /// - Parameters:
    ///   - inputs: passes on what comes for the program, until nothing more does. Cancelled when the program has ended.
    ///   - output: takes what comes from the program, one after the other; `ended` is the last.
    /// - Throws: `timedOut` when it isn't started in time; as `call`, for each of the program's services; what `inputs` and `output` throw of ours.
    func execute(
        _ start: GuestProgramStart,
        inputs: @escaping @Sendable (_ pass: (GuestExecutionInput) async throws -> Void) async throws -> Void,
        output: @escaping @Sendable (GuestExecutionOutput) async throws -> Void
    ) async throws(MartletError) {
        for service in start.services { _ = try require(service) }
        let (state, streams) = (ExecutionState(), try streams.map(ExecutionStreams.init))
        defer { streams?.close() }
        do throws(MartletError) {
            try await call(.direct) { client in
                try await withThrowingTaskGroup(of: Bool.self) { group in
                    group.addTask {
                        try await Self.run(start, client, streams, inputs: inputs, output: output, state)
                        return true
                    }
                    group.addTask {
                        try await Task.sleep(for: Self.startLimit)
                        if state.hasStarted { return false }
                        throw MartletError(.timedOut, "the guest didn't start the program in time")
                    }
                    defer { group.cancelAll() }
                    while let isDone = try await group.next(), !isDone {}
                }
            }
        } catch {
            // gRPC says of its own what became of a call whose sender failed; what failed says more.
            throw state.failure ?? error
        }
    }

    private static func run(
        _ start: GuestProgramStart, _ client: GuestChannel.Client, _ streams: ExecutionStreams?,
        inputs: @escaping @Sendable (_ pass: (GuestExecutionInput) async throws -> Void) async throws -> Void,
        output: @escaping @Sendable (GuestExecutionOutput) async throws -> Void, _ state: ExecutionState
    ) async throws {
        try await GuestDirect.Client(wrapping: client).execute { writer in
            do {
                var first = GuestExecuteInput(.start(start))
                if let streams { first.start.streams = streams.message }
                try await writer.write(first)
                try await inputs { try await pass($0, writer, streams, state) }
                if let streams, try await state.isOnStreams() { streams.endInput() }
            } catch let error as MartletError {
                state.failed(error)
                throw error
            }
        } onResponse: { response in
            for try await message in response.messages {
                guard let said = GuestExecutionOutput(message) else { continue }
                if case .started = said { state.started(onStreams: streams != nil && message.started.onStreams) }
                for piece in said.pieces { try await output(piece) }
                if case .ended = said { return }
                // Their end comes before that of the program, and without one too.
                if case .started = said, let streams, try await state.isOnStreams() {
                    try await streams.read { for piece in $0.pieces { try await output(piece) } }
                }
            }
            throw MartletError(.guestFailed, "the guest said nothing of how the program ended")
        }
    }

    private static func pass(
        _ input: GuestExecutionInput, _ writer: RPCWriter<GuestExecuteInput>, _ streams: ExecutionStreams?,
        _ state: ExecutionState
    ) async throws {
        switch input {
        case .input(let bytes):
            if let streams, try await state.isOnStreams() { return try await streams.send(bytes) }
        case .endOfInput:
            if let streams, try await state.isOnStreams() { return streams.endInput() }
        case .start, .resize, .signal: break
        }
        try await writer.write(GuestExecuteInput(input))
    }
}
