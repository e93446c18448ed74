package import MartletModel
import NIOCore
import Synchronization

/// The sender's end of a stream. Used by one task.
package final class StreamWriter: Sendable {
    /// In bytes: a window's quarter, so that it is filled anew while the other quarters are on their way.
    private static let mostAtOnce = StreamWindow.bytes / 4

    private struct State {
        var window = StreamWindow.Sending()
        var isFinished = false
        var hasLinkEnded = false
    }

    private let session: UInt64
    private let stream: StreamID
    private let transmit: @Sendable ([ByteBuffer]) -> Void
    private let state = Mutex(State())
    private let wakening = Wakening()

    init(_ session: UInt64, _ stream: StreamID, transmit: @escaping @Sendable ([ByteBuffer]) -> Void) {
        self.session = session
        self.stream = stream
        self.transmit = transmit
    }

    /// Waits until the other side takes something.
    ///
    /// - Returns: how many bytes can be sent.
    /// - Throws: `unavailable` when the session has ended; `cancelled`.
    package func room() async throws(MartletError) -> Int {
        while true {
            if Task.isCancelled { throw MartletError(.cancelled, "nothing more is sent to the guest's program") }
            let (room, hasEnded) = state.withLock { ($0.window.room, $0.hasLinkEnded) }
            if hasEnded { throw LinkStreams.ended }
            if room > 0 { return min(room, Self.mostAtOnce) }
            await wakening.wait()
        }
    }

    /// Sends bytes that are written where they are sent from, in one go.
    ///
    /// - Parameters:
    ///   - room: as much as `room` has returned, or less.
    ///   - fill: writes bytes from the beginning on, and returns how many; called until the room is used or it has filled less.
    /// - Returns: how many bytes were sent; if none, what `fill` returned.
    @discardableResult
    package func send(upTo room: Int, _ fill: (UnsafeMutableRawBufferPointer) -> Int) -> Int {
        var (frames, sent) = ([ByteBuffer](), 0)
        while sent < room {
            let most = min(room - sent, LinkFrame.longestStreamPayload)
            var count = 0
            var frame = ByteBufferAllocator().buffer(capacity: LinkFrame.streamHeaderLength + most)
            frame.moveWriterIndex(to: LinkFrame.streamHeaderLength)
            // What is filled is what was made room for: `fill` sees no more of it.
            frame.writeWithUnsafeMutableBytes(minimumWritableBytes: most) { space in
                count = fill(UnsafeMutableRawBufferPointer(rebasing: space[..<most]))
                return max(0, min(count, most))
            }
            guard count > 0 else {
                if sent == 0 { return count }
                break
            }
            LinkFrame.setStreamHeader(session, stream, length: count, in: &frame)
            frames.append(frame)
            sent += count
            if count < most { break }
        }
        if !frames.isEmpty { send(frames, sent) }
        return sent
    }

    /// Sends all of it, as the other side takes it.
    ///
    /// - Throws: as `room`.
    package func send(_ bytes: [UInt8]) async throws(MartletError) {
        var start = 0
        while start < bytes.count {
            send(upTo: min(try await room(), bytes.count - start)) { space in
                space.copyBytes(from: bytes[start..<start + space.count])
                start += space.count
                return space.count
            }
        }
    }

    /// Nothing more follows. Told once.
    package func finish() {
        let isNew = state.withLock { state in
            defer { state.isFinished = true }
            return !state.isFinished
        }
        guard isNew else { return }
        var frame = ByteBuffer(repeating: 0, count: LinkFrame.streamHeaderLength)
        LinkFrame.setStreamHeader(session, stream, length: 0, in: &frame)
        send([frame], 0)
    }

    private func send(_ frames: [ByteBuffer], _ count: Int) {
        let hasEnded = state.withLock { state in
            state.window.sent(count)
            return state.hasLinkEnded
        }
        if !hasEnded { transmit(frames) }
    }

    /// - Returns: false when the other side doesn't keep to the rules.
    func credited(_ count: Int) -> Bool {
        defer { wakening.wake() }
        return state.withLock { $0.window.credited(count) }
    }

    func linkEnded() {
        state.withLock { $0.hasLinkEnded = true }
        wakening.wake()
    }
}
