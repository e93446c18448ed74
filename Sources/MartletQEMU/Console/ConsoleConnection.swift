package import MartletModel
import NIOCore
import NIOPosix

/// A connection to a machine's serial console.
///
/// QEMU serves one client at a time: a second one connects, and hears nothing until the first has left. What the guest
/// writes while nobody is connected is lost.
package final class ConsoleConnection: Sendable {
    /// What the machine writes; the newest 256 KiB wait for a slow reader.
    package let output: ConsoleOutput
    private let channel: any Channel

    private init(channel: any Channel, output: ConsoleOutput) {
        self.channel = channel
        self.output = output
    }

    deinit { channel.close(promise: nil) }

    /// Connects to the console's socket.
    ///
    /// - Throws: `invalidArgument` for a path of more than 107 bytes; `unavailable` when nobody listens.
    package static func connect(
        path: String, timeout: Duration = .seconds(5)
    ) async throws(MartletError) -> ConsoleConnection {
        try UnixSocketPath.check(path)
        let output = ConsoleOutput()
        let channel = try await MartletError.mapping(
            to: .unavailable, "nobody answers at the console's socket '\(path)'"
        ) {
            try await ClientBootstrap(group: MultiThreadedEventLoopGroup.singleton)
                .connectTimeout(TimeAmount(timeout))
                .connect(unixDomainSocketPath: path) { channel in
                    channel.eventLoop.makeCompletedFuture {
                        try channel.pipeline.syncOperations.addHandler(ConsoleHandler(output: output))
                        return channel
                    }
                }
        }
        return ConsoleConnection(channel: channel, output: output)
    }

    /// Types these bytes; they are on their way when it returns.
    ///
    /// - Throws: `tooMany` when the guest doesn't read what was typed before (64 KiB wait); `unavailable` when the
    ///   connection has ended.
    package func write(_ bytes: [UInt8]) async throws(MartletError) {
        guard channel.isActive else {
            throw MartletError(.unavailable, "the machine's console is closed; the machine may have ended")
        }
        guard channel.isWritable else {
            throw MartletError(.tooMany, "the guest does not read what was typed; try again when it does")
        }
        channel.writeAndFlush(channel.allocator.buffer(bytes: bytes), promise: nil)
    }

    /// Closes the connection, and ends `output`. Twice does no harm.
    package func close() async {
        try? await channel.close().get()
    }
}

/// Moves what arrives into the output; lives on the channel's event loop.
private final class ConsoleHandler: ChannelInboundHandler {
    typealias InboundIn = ByteBuffer

    private let output: ConsoleOutput

    init(output: ConsoleOutput) { self.output = output }

    func channelRead(context: ChannelHandlerContext, data: NIOAny) {
        output.append(unwrapInboundIn(data).readableBytesView)
    }

    func channelInactive(context: ChannelHandlerContext) {
        output.end()
        context.fireChannelInactive()
    }

    func errorCaught(context: ChannelHandlerContext, error: any Error) { context.close(promise: nil) }
}
