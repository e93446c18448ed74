import Foundation
import GRPCCore
import GRPCNIOTransportHTTP2Posix
import Logging
import MartletGuestProtocol
import MartletLinux
import MartletModel
import MartletTestSupport
import NIOCore
import NIOPosix
import SwiftProtobuf
import Synchronization

@testable import MartletHost

/// A guest that says what a test wants, at a socket as QEMU has it for the real one's port.
struct FakeGuest: Sendable {
    /// What the test's guest does with a program.
    typealias Program =
        @Sendable (RPCAsyncSequence<GuestExecuteInput, any Error>, RPCWriter<GuestExecuteOutput>) async throws -> Void

    /// What the test's guest does when it is to freeze, and when it is to thaw.
    struct Freezing: GuestFreeze.SimpleServiceProtocol {
        var freezes: @Sendable () async throws -> GuestFreezeReply = { GuestFreezeReply() }
        var thaws: @Sendable () async throws -> GuestThawReply = { GuestThawReply() }

        func freeze(request: GuestFreezeRequest, context: ServerContext) async throws -> GuestFreezeReply {
            try await freezes()
        }

        func thaw(request: GuestThawRequest, context: ServerContext) async throws -> GuestThawReply {
            try await thaws()
        }
    }

    /// Runs `body` with the link to a guest that believes the password `right` and runs programs and freezes as given.
    ///
    /// - Parameters:
    ///   - services: what the guest offers.
    ///   - disabled: what the host has turned off.
    static func with(
        services: [String] = ["direct", "copy", "freeze"], disabled: Set<GuestService> = [],
        freezing: Freezing = Freezing(), _ program: @escaping Program = { _, _ in },
        _ body: (GuestLink) async throws -> Void
    ) async throws {
        try await reached(
            by: { GuestWays(port: $0) }, changed: { _ in }, services: services, disabled: disabled, freezing: freezing,
            program: program, body)
    }

    /// As `with`, for a guest that is reached in other ways.
    ///
    /// - Parameters:
    ///   - ways: how the guest is reached that listens at a socket.
    ///   - changed: is told what the guest says of itself.
    static func reached(
        by ways: (_ socket: String) -> GuestWays, changed: @escaping @Sendable (GuestStatus?) async -> Void,
        services: [String] = ["direct", "copy", "freeze"], disabled: Set<GuestService> = [],
        freezing: Freezing = Freezing(), program: @escaping Program = { _, _ in },
        _ body: (GuestLink) async throws -> Void
    ) async throws {
        let scratch = try ScratchFolder()
        let (port, server) = ("\(scratch.path)/guest.sock", "\(scratch.path)/rpc.sock")
        let running = GRPCServer(
            transport: .http2NIOPosix(address: .unixDomainSocket(path: server), transportSecurity: .plaintext),
            services: [Presence(services: services), Direct(program: program), freezing])
        let serving = Task { try await running.serve() }
        _ = try await running.listeningAddress
        let result: Result<Void, any Error>
        do { result = .success(try await with(port, server, disabled, ways(port), changed, body)) } catch {
            result = .failure(error)
        }
        // Calls that nobody waits for any more would keep a server that ends in good order.
        serving.cancel()
        _ = await serving.result
        try result.get()
    }

    private static func with(
        _ port: String, _ server: String, _ disabled: Set<GuestService>, _ ways: GuestWays,
        _ changed: @escaping @Sendable (GuestStatus?) async -> Void, _ body: (GuestLink) async throws -> Void
    ) async throws {
        let channel = try await ServerBootstrap(group: MultiThreadedEventLoopGroup.singleton)
            .childChannelInitializer { channel in
                channel.eventLoop.makeCompletedFuture {
                    try LinkFrame.configure(channel)
                    let link = GuestLinkHandler(sessions: LinkSessions()) { loop in
                        ClientBootstrap(group: loop).channelOption(.autoRead, value: false)
                            .connect(unixDomainSocketPath: server)
                    }
                    try channel.pipeline.syncOperations.addHandler(link)
                }
            }
            .bind(unixDomainSocketPath: port).get()
        let last = Mutex<GuestStatus?>(nil)
        let link = GuestLink(
            ways: ways, machine: "web", disabled: disabled, values: [:],
            logger: Logger(label: "test") { _ in SwiftLogNoOpLogHandler() }, now: { Moment(milliseconds: 0) },
            changed: { status in
                last.withLock { $0 = status }
                await changed(status)
            })
        await link.start()
        // Until the first beat, with which nothing of the session's beginning is under way any more: a gRPC server that is cancelled
        // while a stream comes in traps (swift-nio 2, "Deinited NIOAsyncWriter without calling finish()").
        _ = try await eventually("the guest answers") {
            last.withLock(\.self)
        } until: {
            $0?.heartbeat == .ok || $0?.heartbeat == .off
        }
        let result: Result<Void, any Error>
        do { result = .success(try await body(link)) } catch { result = .failure(error) }
        await link.end()
        try await channel.close()
        try result.get()
    }

    private struct Presence: GuestPresence.SimpleServiceProtocol {
        let services: [String]

        func describe(request: GuestDescribeRequest, context: ServerContext) async throws -> GuestDescription {
            .with { $0.services = services }
        }

        func watch(
            request: GuestWatchRequest, response: RPCWriter<GuestBeat>, context: ServerContext
        ) async throws {
            try await response.write(.with { $0.health = .ok })
            try await Task.sleep(for: .seconds(3_600))
        }
    }

    private struct Direct: GuestDirect.SimpleServiceProtocol {
        let program: Program

        func challenge(
            request: GuestChallengeRequest, context: ServerContext
        ) async throws -> GuestChallengeReply {
            .with {
                $0.challenge = Data([1, 2, 3])
                $0.namespace = "n\u{1B}[2J"
            }
        }

        func signIn(request: GuestSignInRequest, context: ServerContext) async throws -> GuestSession {
            guard request.password == "right" else { throw RPCError(code: .unauthenticated, message: "no") }
            return .with {
                $0.id = request.user == "lied" ? String(repeating: "x", count: 1_000) : "id"
                $0.user = request.user
                $0.number = 4_294_967_295
                $0.peer = request.peer
            }
        }

        func listSessions(
            request: GuestListSessionsRequest, context: ServerContext
        ) async throws -> GuestListSessionsReply {
            .with {
                $0.sessions = (0..<5_000).map { number in
                    .with {
                        $0.number = UInt32(number)
                        $0.user = "a\u{1B}[2J" + String(repeating: "x", count: 400)
                        $0.openedInMicroseconds = .max
                    }
                }
            }
        }

        func closeSession(
            request: GuestCloseSessionRequest, context: ServerContext
        ) async throws -> GuestCloseSessionReply {
            throw RPCError(code: .notFound, message: "there is none")
        }

        func execute(
            request: RPCAsyncSequence<GuestExecuteInput, any Error>, response: RPCWriter<GuestExecuteOutput>,
            context: ServerContext
        ) async throws {
            try await program(request, response)
        }
    }
}
