import Glibc
import MartletLinux
import MartletModel
import NIOCore
import NIOPosix

/// A connection to a running machine's screen: RFB (RFC 6143), as QEMU's VNC server speaks it at a unix socket.
///
/// QEMU serves several at once, 32 by default (`connections` of `-vnc`).
package enum ScreenConnection {
    /// How long QEMU may take until it takes the connection; it does so between other work.
    private static let patience: Duration = .seconds(10)

    /// Carries bytes both ways until the client or QEMU ends.
    ///
    /// What is read of either side waits until the other took what came before.
    /// - Parameters:
    ///   - path: the socket, in a folder that QEMU's user may write to.
    ///   - processID: QEMU's. A socket of anybody else's is refused: what a taken-over QEMU puts there would be reached as us.
    ///   - input: hands over what the client sends, and returns when the client has left.
    ///   - output: takes what QEMU sends.
    /// - Throws: `unavailable` when the screen can't be reached or its connection is lost; `wrongState` when QEMU ended it;
    ///   `CancellationError`; what `input` and `output` throw.
    package static func exchange(
        path: String, processID: Int32,
        input: @escaping @Sendable (_ pass: @Sendable ([UInt8]) async throws -> Void) async throws -> Void,
        output: @escaping @Sendable ([UInt8]) async throws -> Void
    ) async throws {
        let channel = try await connect(path, processID)
        try await channel.executeThenClose { inbound, outbound in
            try await withThrowingTaskGroup(of: Void.self) { group in
                group.addTask {
                    try await lost { for try await bytes in inbound { try await output(Array(buffer: bytes)) } }
                    try Task.checkCancellation()
                    throw MartletError(.wrongState, "the machine has ended, or qemu has let go of this viewer")
                }
                group.addTask {
                    try await input { bytes in try await lost { try await outbound.write(ByteBuffer(bytes: bytes)) } }
                }
                defer { group.cancelAll() }
                try await group.next()
            }
        }
    }

    private static func connect(
        _ path: String, _ processID: Int32
    ) async throws(MartletError) -> NIOAsyncChannel<ByteBuffer, ByteBuffer> {
        let socket = try await BlockingWork.run { () throws(MartletError) in
            try UnixListener.connect(path: path, timeout: patience)
        }
        do throws(MartletError) {
            // The kernel's word about who began to listen there.
            let peer = try PeerCredentials(socket: socket)
            guard peer.processID == processID else {
                throw MartletError(
                    .unavailable,
                    "process \(peer.processID) listens where qemu's screen is, and not qemu (\(processID))")
            }
        } catch {
            close(socket)
            throw error
        }
        // The socket is the channel's from here on, also when this fails.
        return try await MartletError.mapping(to: .unavailable, "the screen's connection failed") {
            try await ClientBootstrap(group: MultiThreadedEventLoopGroup.singleton).withConnectedSocket(socket) {
                channel in
                channel.eventLoop.makeCompletedFuture { try NIOAsyncChannel(wrappingChannelSynchronously: channel) }
            }
        }
    }

    /// NIO's errors are those of the connection to QEMU.
    private static func lost(_ body: () async throws -> Void) async throws {
        do { try await body() } catch let error as IOError {
            throw MartletError(.wrongState, "the machine has ended, or qemu has let go of this viewer", cause: error)
        } catch let error as ChannelError {
            throw MartletError(.wrongState, "the machine has ended, or qemu has let go of this viewer", cause: error)
        }
    }
}
