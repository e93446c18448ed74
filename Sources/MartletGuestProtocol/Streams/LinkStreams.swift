import MartletModel
import NIOCore
import Synchronization

/// The streams of one session of the link: programs' bytes that go beside gRPC's.
///
/// Each has a window (`StreamWindow`): more than that is never on its way or kept here.
package final class LinkStreams: Sendable {
    private struct State {
        var writers: [StreamID: StreamWriter] = [:]
        var readers: [StreamID: StreamReader] = [:]
        /// Who has got something since `wake`.
        var woken: [StreamReader] = []
        var lastNumber: UInt32 = 0
        var hasEnded = false
    }

    /// What whoever reads or writes is told.
    static let ended = MartletError(.unavailable, "the connection to the guest has ended; try again")

    /// The link's, by which a guest finds them.
    package let session: UInt64
    private let state = Mutex(State())
    private let transmit: @Sendable ([ByteBuffer]) -> Void

    /// - Parameter transmit: takes whole frames, from any thread, and keeps them in order.
    init(session: UInt64, transmit: @escaping @Sendable ([ByteBuffer]) -> Void) {
        self.session = session
        self.transmit = transmit
    }

    /// The streams of a session on a channel that `LinkFrame.configure` has seen. On the channel's event loop.
    ///
    /// - Throws: what the pipeline throws when the channel has ended already.
    convenience init(session: UInt64, on channel: any Channel) throws {
        let wire = NIOLoopBound(try LinkFrame.wire(channel), eventLoop: channel.eventLoop)
        self.init(session: session) { [loop = channel.eventLoop] frames in
            loop.execute {
                for frame in frames { wire.value.write(NIOAny(frame), promise: nil) }
                wire.value.flush()
            }
        }
    }

    /// A program's number that wasn't used before in the session, for the host.
    package func newNumber() -> UInt32 {
        state.withLock { state in
            state.lastNumber &+= 1
            return state.lastNumber
        }
    }

    /// Opens streams of a program, of which some are written here and the others read.
    ///
    /// - Returns: a writer for each of `writing`, and a reader for all of `reading`; nil when there are such streams already.
    package func open(
        _ number: UInt32, writing: [StreamID.Channel], reading: [StreamID.Channel]
    ) -> (writers: [StreamWriter], reader: StreamReader)? {
        let writers = writing.map { ($0, StreamWriter(session, StreamID(number, $0), transmit: transmit)) }
        let reader = StreamReader(number, reading) { [session, transmit] stream, count in
            var frame = ByteBuffer()
            LinkFrame(.credit, session: session, stream: stream, payload: ByteBuffer(integer: count)).write(
                into: &frame)
            transmit([frame])
        }
        let outcome = state.withLock { state -> (isNew: Bool, hasEnded: Bool) in
            let names = (writing + reading).map { StreamID(number, $0) }
            guard !names.contains(where: { state.writers[$0] != nil || state.readers[$0] != nil }) else {
                return (false, false)
            }
            for (channel, writer) in writers { state.writers[StreamID(number, channel)] = writer }
            for channel in reading { state.readers[StreamID(number, channel)] = reader }
            return (true, state.hasEnded)
        }
        guard outcome.isNew else { return nil }
        if outcome.hasEnded {
            for (_, writer) in writers { writer.linkEnded() }
            reader.linkEnded()
        }
        return (writers.map(\.1), reader)
    }

    /// Forgets a program's streams: what still comes of them is dropped, and who waits for them is told as when the session ends.
    package func close(_ number: UInt32) {
        let (writers, readers) = state.withLock { state in
            let names = StreamID.Channel.allCases.map { StreamID(number, $0) }
            return (
                names.compactMap { state.writers.removeValue(forKey: $0) },
                names.compactMap { state.readers.removeValue(forKey: $0) }
            )
        }
        for writer in writers { writer.linkEnded() }
        for reader in readers { reader.linkEnded() }
    }

    /// Takes a frame of a stream, or of its credit. What is of no stream that is known comes late, and is dropped.
    ///
    /// - Returns: false when the other side doesn't keep to the rules: the session can't go on.
    func received(_ frame: LinkFrame) -> Bool {
        guard let stream = frame.stream else { return true }
        if frame.kind == .stream {
            let reader = state.withLock { state in
                let reader = state.readers[stream]
                if let reader, !state.woken.contains(where: { $0 === reader }) { state.woken.append(reader) }
                return reader
            }
            return reader?.received(stream.channel, frame.payload) ?? true
        }
        guard let count = frame.payload.getInteger(at: frame.payload.readerIndex, as: UInt32.self) else { return false }
        let writer = state.withLock { $0.writers[stream] }
        return writer?.credited(Int(count)) ?? true
    }

    /// Tells those for whom something was received. Once for all that came in one go: who is told of each part works in small parts.
    func wake() {
        let readers = state.withLock { state in
            defer { state.woken = [] }
            return state.woken
        }
        for reader in readers { reader.wake() }
    }

    /// The session has ended: whoever reads or writes is told.
    func end() {
        let (writers, readers) = state.withLock { state in
            state.hasEnded = true
            return (Array(state.writers.values), Array(state.readers.values))
        }
        for writer in writers { writer.linkEnded() }
        for reader in readers { reader.linkEnded() }
    }
}
