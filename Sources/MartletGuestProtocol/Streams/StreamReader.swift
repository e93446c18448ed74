package import MartletModel
package import NIOCore
import Synchronization

/// The receiver's end of one or more streams of a program. Used by one task.
package final class StreamReader: Sendable {
    /// The next bytes of a stream.
    package struct Piece: Hashable, Sendable {
        package var channel: StreamID.Channel
        package var bytes: ByteBuffer

        /// A copy of the bytes.
        package var array: [UInt8] { Array(bytes.readableBytesView) }
    }

    /// Smaller pieces are put together: what is kept of the memory that they came in is more than they are.
    private static let small = 2 << 10
    private static let longestTogether = 64 << 10

    private struct State {
        /// Of those that haven't ended.
        var windows: [StreamID.Channel: StreamWindow.Receiving]
        var pieces: [Piece] = []
        var hasLinkEnded = false

        mutating func append(_ channel: StreamID.Channel, _ bytes: ByteBuffer) {
            guard bytes.readableBytes < StreamReader.small else {
                return pieces.append(StreamReader.Piece(channel: channel, bytes: bytes))
            }
            if let last = pieces.indices.last, pieces[last].channel == channel,
                pieces[last].bytes.readableBytes + bytes.readableBytes <= StreamReader.longestTogether
            {
                pieces[last].bytes.writeImmutableBuffer(bytes)
            } else {
                // Of its own size.
                pieces.append(StreamReader.Piece(channel: channel, bytes: ByteBuffer(bytes: bytes.readableBytesView)))
            }
        }
    }

    private let number: UInt32
    private let state: Mutex<State>
    private let wakening = Wakening()
    private let credit: @Sendable (StreamID, UInt32) -> Void

    init(
        _ number: UInt32, _ channels: [StreamID.Channel], credit: @escaping @Sendable (StreamID, UInt32) -> Void
    ) {
        self.number = number
        self.credit = credit
        let windows = channels.map { ($0, StreamWindow.Receiving()) }
        state = Mutex(State(windows: Dictionary(windows, uniquingKeysWith: { first, _ in first })))
    }

    /// Waits for more.
    ///
    /// - Returns: all that has come, in order; nil when all streams have ended.
    /// - Throws: `unavailable` when the session has ended before; `cancelled`.
    package func next() async throws(MartletError) -> [Piece]? {
        while true {
            let (pieces, isOpen, hasEnded) = state.withLock { state in
                let pieces = state.pieces
                state.pieces = []
                return (pieces, !state.windows.isEmpty, state.hasLinkEnded)
            }
            if !pieces.isEmpty { return pieces }
            if !isOpen { return nil }
            if hasEnded { throw LinkStreams.ended }
            if Task.isCancelled { throw MartletError(.cancelled, "the program's bytes aren't waited for any more") }
            await wakening.wait()
        }
    }

    /// Says that bytes of a stream have gone on to whom they are for: as many more may come.
    package func used(_ count: Int, of channel: StreamID.Channel) {
        // A stream that has ended has no window.
        guard let said = state.withLock({ $0.windows[channel]?.used(count) }) else { return }
        credit(StreamID(number, channel), said)
    }

    /// Takes what has come; whoever waits for it is told by `wake`.
    ///
    /// - Parameter bytes: none when the stream ends.
    /// - Returns: false when the other side doesn't keep to the rules.
    func received(_ channel: StreamID.Channel, _ bytes: ByteBuffer) -> Bool {
        state.withLock { state in
            guard state.windows[channel]?.received(bytes.readableBytes) == true else { return false }
            if bytes.readableBytes == 0 { state.windows[channel] = nil } else { state.append(channel, bytes) }
            return true
        }
    }

    func wake() { wakening.wake() }

    func linkEnded() {
        state.withLock { $0.hasLinkEnded = true }
        wakening.wake()
    }
}
