import GRPCCore
import Logging
import MartletGuestProtocol
import MartletLinux
import MartletModel
import MartletTestSupport
import NIOCore
import NIOPosix
import SwiftProtobuf
import Testing

@testable import MartletGuest

/// A guest's program in this process, behind a socket in place of its port.
@Suite("A session with a guest") struct GuestChannelTests {
    @Test("a guest says who it is and how it is, and does so for the next session too")
    func sessions() async throws {
        try await withGuest { port, _ in
            for session in UInt64(1)...3 {
                try await GuestChannel.run(path: port, session: session) { client, _ in
                    let presence = GuestPresence.Client(wrapping: client)
                    let description = try await presence.describe(GuestDescribeRequest())
                    #expect(description.version == martletVersion && description.protocol == 1)
                    #expect(description.bootID == (try BootIdentity.read()))
                    let request = GuestWatchRequest.with { $0.withExchange = true }
                    let first = try await presence.watch(request) { response in
                        for try await beat in response.messages { return beat }
                        throw RPCError(code: .unavailable, message: "no beat came")
                    }
                    #expect(first.number == 1 && first.hasExchange && !first.exchange.hostName.isEmpty)
                }
            }
        }
    }

    @Test("values go both ways, and what is no value is refused and changes nothing")
    func values() async throws {
        try await withGuest { port, folder in
            try Folder.make("\(folder)/state/to-host", mode: 0o755)
            try AtomicFile.write(Array("green".utf8), to: "\(folder)/state/to-host/colour", mode: 0o644)
            try AtomicFile.write(Array("no".utf8), to: "\(folder)/state/to-host/.hidden", mode: 0o644)
            try await GuestChannel.run(path: port, session: 1) { client, _ in
                let system = GuestSystem.Client(wrapping: client)
                _ = try await system.setValues(.with { $0.values = ["role": "web", "site": "b"] })
                _ = try await system.setValues(.with { $0.values = ["role": "db"] })
                #expect(try FileEntry.names(in: "\(folder)/state/from-host") == ["role"])
                #expect(try BoundedFile.readText("\(folder)/state/from-host/role") == "db")
                await #expect(throws: RPCError.self) {
                    try await system.setValues(.with { $0.values = ["../role": "x"] })
                }
                #expect(try FileEntry.names(in: "\(folder)/state/from-host") == ["role"])
                let beat = try await GuestPresence.Client(wrapping: client)
                    .watch(.with { $0.withExchange = true }) { response in
                        try await response.messages.first { _ in true }
                    }
                #expect(beat?.exchange.values == ["colour": "green"])
            }
        }
    }

    @Test("a guest that never answers costs a wait that can be cancelled")
    func silence() async throws {
        let folder = try ScratchFolder()
        let path = "\(folder.path)/port.sock"
        let listener = try await ServerBootstrap(group: MultiThreadedEventLoopGroup.singleton)
            .bind(unixDomainSocketPath: path).get()
        let call = Task { try await GuestChannel.run(path: path, session: 1) { _, _ in } }
        call.cancel()
        await #expect(throws: MartletError.self) { try await call.value }
        try await listener.close()
    }

    @Test("a guest that sends anything at all is no more than a session that ends", arguments: 1...20)
    func hostile(seed: Int) async throws {
        let folder = try ScratchFolder()
        let path = "\(folder.path)/port.sock"
        let listener = try await ServerBootstrap(group: MultiThreadedEventLoopGroup.singleton)
            .childChannelInitializer { channel in
                channel.eventLoop.makeCompletedFuture {
                    try LinkFrame.configure(channel)
                    try channel.pipeline.syncOperations.addHandler(Liar(seed: UInt64(seed)))
                }
            }
            .bind(unixDomainSocketPath: path).get()
        await #expect(throws: (any Error).self) {
            try await GuestChannel.run(path: path, session: 1) { client, _ in
                var options = CallOptions.defaults
                options.timeout = .seconds(20)
                _ = try await GuestPresence.Client(wrapping: client).describe(GuestDescribeRequest(), options: options)
            }
        }
        try await listener.close()
    }

    /// - Parameter body: gets the socket in place of the port, and the folder of what the guest keeps.
    private func withGuest(_ body: (_ port: String, _ folder: String) async throws -> Void) async throws {
        let folder = try ScratchFolder()
        var configuration = GuestConfiguration()
        configuration.vsockPort = nil
        configuration.runFolder = "\(folder.path)/run"
        configuration.stateFolder = "\(folder.path)/state"
        configuration.portsFolder = "\(folder.path)/none"
        try Folder.make(configuration.stateFolder, mode: 0o755)
        let program = GuestProgram(configuration: configuration, logger: Logger(label: "guest"))
        let serving = Task { try await program.run() }
        let server = configuration.serverSocket
        _ = try await eventually(within: .seconds(60), "the guest serves") {
            FileEntry.exists(server)
        } until: {
            $0
        }
        let port = "\(folder.path)/port.sock"
        let listener = try await ServerBootstrap(group: MultiThreadedEventLoopGroup.singleton)
            .childChannelInitializer { $0.serveLink(server, program.sessions) }
            .bind(unixDomainSocketPath: port).get()
        try await body(port, folder.path)
        try await listener.close()
        serving.cancel()
        _ = await serving.result
    }
}

/// Says welcome, then whatever comes to its mind, and leaves.
private final class Liar: ChannelInboundHandler {
    typealias InboundIn = LinkFrame
    typealias OutboundOut = LinkFrame

    private var random: UInt64

    init(seed: UInt64) { random = seed &* 0x9E37_79B9_7F4A_7C15 }

    func channelRead(context: ChannelHandlerContext, data: NIOAny) {
        let frame = unwrapInboundIn(data)
        guard frame.kind == .hello else { return }
        context.write(wrapOutboundOut(LinkFrame(.welcome, session: frame.session)), promise: nil)
        for _ in 0..<20 {
            let bytes = (0..<200).map { _ in
                random = random &* 6_364_136_223_846_793_005 &+ 1
                return UInt8(truncatingIfNeeded: random >> 33)
            }
            let payload = ByteBuffer(bytes: bytes)
            context.write(wrapOutboundOut(LinkFrame(.data, session: frame.session, payload: payload)), promise: nil)
        }
        context.writeAndFlush(wrapOutboundOut(LinkFrame(.bye, session: frame.session)), promise: nil)
    }
}
