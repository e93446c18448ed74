import CMartletGuest
import Glibc
import MartletLinux
import NIOCore

/// What comes by a virtio-serial port, read in large pieces for a channel that writes to it.
///
/// Linux gives a page of a port at a time (drivers/char/virtio_console.c, `port_fops_read`). Where each goes through a channel by itself
/// that costs far more than the page, so one call reads many, and the channel's handlers see them as one piece.
final class PortInput: Sendable {
    let descriptor: SharedDescriptor

    /// - Parameter descriptor: of the port; it doesn't block.
    init(_ descriptor: SharedDescriptor) { self.descriptor = descriptor }

    /// Makes the channel take what comes by the port. Before its other handlers are added, on its event loop.
    ///
    /// - Throws: what the pipeline throws when the channel has ended already.
    func add(to channel: any Channel) throws {
        try channel.pipeline.syncOperations.addHandler(PortInputHandler(descriptor))
    }

    /// Until the port has nobody at its other end, or the task is cancelled; the channel is closed then.
    func feed(_ channel: any Channel) async {
        while !Task.isCancelled {
            await DescriptorReadiness.shared.wait((descriptor, .reading))
            let isOpen = channel.eventLoop.flatSubmit {
                // It is gone with the channel.
                guard let context = try? channel.pipeline.syncOperations.context(handlerType: PortInputHandler.self),
                    let handler = context.handler as? PortInputHandler
                else { return channel.eventLoop.makeSucceededFuture(false) }
                return handler.readAll(context)
            }
            guard (try? await isOpen.get()) == true else { break }
        }
        channel.close(promise: nil)
    }
}

/// Stands in for the reading that a channel of an output alone doesn't do; it reads when the channel would.
private final class PortInputHandler: ChannelDuplexHandler {
    typealias InboundIn = ByteBuffer
    typealias OutboundIn = ByteBuffer
    typealias OutboundOut = ByteBuffer

    /// In bytes: as much as is made one piece.
    private static let longest = 256 << 10
    /// Pieces that are worked on before anything else of the event loop has its turn.
    private static let mostPieces = 4

    private let port: SharedDescriptor
    /// Taken in turns; one that nobody holds a part of any more is filled anew, any other is replaced.
    private var buffers = [ByteBuffer](repeating: ByteBuffer(), count: 4)
    private var next = 0
    /// Of who waits until something may be read again.
    private var waiting: EventLoopPromise<Bool>?

    init(_ port: SharedDescriptor) { self.port = port }

    func handlerRemoved(context: ChannelHandlerContext) {
        waiting?.succeed(false)
        waiting = nil
    }

    /// Somebody wants to read on.
    func read(context: ChannelHandlerContext) {
        waiting?.succeed(true)
        waiting = nil
    }

    /// The end of the input that the channel hasn't got is none of the port's.
    func userInboundEventTriggered(context: ChannelHandlerContext, event: Any) {
        if case ChannelEvent.inputClosed? = event as? ChannelEvent { return }
        context.fireUserInboundEventTriggered(event)
    }

    /// Reads what there is, unless the channel isn't to be read: then later.
    ///
    /// - Returns: whether more may come.
    func readAll(_ context: ChannelHandlerContext) -> EventLoopFuture<Bool> {
        for _ in 0..<Self.mostPieces {
            guard (try? context.channel.syncOptions?.getOption(.autoRead)) == true else {
                let promise = waiting ?? context.eventLoop.makePromise(of: Bool.self)
                waiting = promise
                return promise.futureResult
            }
            let (bytes, isOpen) = readPiece()
            if bytes.readableBytes > 0 {
                context.fireChannelRead(NIOAny(bytes))
                context.fireChannelReadComplete()
            }
            if !isOpen { return context.eventLoop.makeSucceededFuture(false) }
            if bytes.readableBytes < Self.longest { break }
        }
        return context.eventLoop.makeSucceededFuture(true)
    }

    /// All that is there, up to `longest`; and false when nothing more comes.
    private func readPiece() -> (ByteBuffer, isOpen: Bool) {
        defer { next = (next + 1) % buffers.count }
        buffers[next].clear(minimumCapacity: Self.longest)
        var isOpen = true
        var isMore = true
        while isMore, case let room = Self.longest - buffers[next].readableBytes, room > 0 {
            // What is filled is what there is room for.
            buffers[next].writeWithUnsafeMutableBytes(minimumWritableBytes: room) { space in
                let count = martlet_read_pages(port.number, space.baseAddress, room)
                if count < 0 && errno == EINTR { return 0 }
                isMore = count > 0
                isOpen = count > 0 || (count < 0 && errno == EAGAIN)
                return max(0, count)
            }
        }
        return (buffers[next], isOpen)
    }
}

// It lives on its channel's event loop.
@available(*, unavailable)
extension PortInputHandler: Sendable {}
