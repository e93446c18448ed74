import Dispatch
import Glibc

/// Reads a descriptor on a thread of its own, since neither a file nor a terminal can be awaited on Linux.
enum InputReader {
    /// The descriptor's bytes, a piece at a time: the next is read when the last was taken.
    ///
    /// A reader that stops early leaves the thread in its last `read`, until there is input or the process ends.
    static func bytes(of descriptor: Int32) -> AsyncStream<[UInt8]> {
        let turn = DispatchSemaphore(value: 0)
        let (pieces, continuation) = AsyncStream<[UInt8]>.makeStream()
        DispatchQueue(label: "martlet.input").async {
            while let piece = read(descriptor) {
                continuation.yield(piece)
                turn.wait()
            }
            continuation.finish()
        }
        let iterator = PieceIterator(pieces: pieces, turn: turn)
        return AsyncStream { await iterator.next() }
    }

    /// Nil at the end, and for a descriptor that can't be read: a closed stdin is an empty one.
    private static func read(_ descriptor: Int32) -> [UInt8]? {
        while true {
            var count = 0
            let piece = [UInt8](unsafeUninitializedCapacity: 16 << 10) { buffer, initialized in
                count = Glibc.read(descriptor, buffer.baseAddress, buffer.count)
                initialized = max(0, count)
            }
            if count > 0 { return piece }
            if count < 0, errno == EAGAIN {
                var entry = pollfd(fd: descriptor, events: Int16(POLLIN), revents: 0)
                _ = poll(&entry, 1, -1)
            } else if count == 0 || errno != EINTR {
                return nil
            }
        }
    }

    private actor PieceIterator {
        private let pieces: AsyncStream<[UInt8]>
        private let turn: DispatchSemaphore
        private var isFirst = true

        init(pieces: AsyncStream<[UInt8]>, turn: DispatchSemaphore) {
            self.pieces = pieces
            self.turn = turn
        }

        func next() async -> [UInt8]? {
            if !isFirst { turn.signal() }
            isFirst = false
            var iterator = pieces.makeAsyncIterator()
            return await iterator.next(isolation: self)
        }
    }
}
