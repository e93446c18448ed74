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
    private let room: ConsoleRoom

    private init(channel: any Channel, output: ConsoleOutput, room: ConsoleRoom) {
        self.channel = channel
        self.output = output
        self.room = room
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
        let room = ConsoleRoom()
        let channel = try await MartletError.mapping(
            to: .unavailable, "nobody answers at the console's socket '\(path)'"
        ) {
            try await ClientBootstrap(group: MultiThreadedEventLoopGroup.singleton)
                .connectTimeout(TimeAmount(timeout))
                .connect(unixDomainSocketPath: path) { channel in
                    channel.eventLoop.makeCompletedFuture {
                        try channel.pipeline.syncOperations.addHandler(ConsoleHandler(output: output, room: room))
                        return channel
                    }
                }
        }
        return ConsoleConnection(channel: channel, output: output, room: room)
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

    /// Types these bytes, a piece at a time, as the guest reads them; they are on their way when it returns.
    ///
    /// What others type meanwhile may come between the pieces.
    /// - Throws: `unavailable` when the connection has ended; `cancelled` when the task is.
    package func writeAsRead(_ bytes: [UInt8]) async throws(MartletError) {
        var rest = bytes[...]
        while !rest.isEmpty {
            if Task.isCancelled { throw MartletError(.cancelled, "typing was given up") }
            if !channel.isActive || channel.isWritable {
                try await write(Array(rest.prefix(Self.piece)))
                rest = rest.dropFirst(Self.piece)
            } else {
                await room.wait { channel.isWritable || !channel.isActive }
            }
        }
    }

    /// In bytes: small beside what may wait, so that it isn't much more with several who type.
    private static let piece = 4 << 10

    /// Closes the connection, and ends `output`. Twice does no harm.
    package func close() async {
        try? await channel.close().get()
    }
}

/// Moves what arrives into the output; lives on the channel's event loop.
private final class ConsoleHandler: ChannelInboundHandler {
    typealias InboundIn = ByteBuffer

    private let output: ConsoleOutput
    private let room: ConsoleRoom

    init(output: ConsoleOutput, room: ConsoleRoom) {
        self.output = output
        self.room = room
    }

    func channelWritabilityChanged(context: ChannelHandlerContext) {
        if context.channel.isWritable { room.changed() }
        context.fireChannelWritabilityChanged()
    }

    func channelRead(context: ChannelHandlerContext, data: NIOAny) {
        output.append(unwrapInboundIn(data).readableBytesView)
    }

    func channelInactive(context: ChannelHandlerContext) {
        output.end()
        room.changed()
        context.fireChannelInactive()
    }

    func errorCaught(context: ChannelHandlerContext, error: any Error) { context.close(promise: nil) }
}
