import MartletModel
import NIOCore

/// Cuts a stream of bytes into lines; an unfinished line is kept, up to a limit, and nothing else.
struct LineBuffer {
    /// No longer line is taken, in bytes; QEMU's longest reply (`query-qmp-schema`) has about 200 KiB.
    static let limit = 1 << 20

    private var pending: ByteBuffer?
    /// How much of `pending` is known to hold no line's end, so that a line that comes byte by byte isn't searched
    /// each time.
    private var searched = 0

    /// How many bytes of an unfinished line are kept.
    var pendingBytes: Int { pending?.readableBytes ?? 0 }

    mutating func append(_ bytes: ByteBuffer) {
        guard pending != nil else {
            pending = bytes
            return
        }
        pending?.writeImmutableBuffer(bytes)
    }

    /// The next whole line without its end (and without QEMU's carriage return); nil when there is none yet.
    ///
    /// - Throws: `tooLarge` for a line, finished or not, past the limit.
    mutating func next() throws(MartletError) -> [UInt8]? {
        guard var buffer = pending else { return nil }
        let view = buffer.readableBytesView
        guard let end = view.dropFirst(searched).firstIndex(of: UInt8(ascii: "\n")) else {
            searched = view.count
            if searched > Self.limit { throw Self.tooLarge }
            return nil
        }
        let length = end - view.startIndex
        if length > Self.limit { throw Self.tooLarge }
        var line = Array(view.prefix(length))
        if line.last == UInt8(ascii: "\r") { line.removeLast() }
        buffer.moveReaderIndex(forwardBy: length + 1)
        keep(buffer)
        return line
    }

    /// An empty buffer is let go: a thousand idle connections hold nothing.
    private mutating func keep(_ buffer: ByteBuffer) {
        searched = 0
        pending = buffer.readableBytes > 0 ? buffer : nil
        pending?.discardReadBytes()
    }

    private static var tooLarge: MartletError {
        MartletError(.tooLarge, "the monitor sent a line of more than \(limit) bytes; the connection was closed")
    }
}
