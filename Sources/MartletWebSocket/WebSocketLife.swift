import NIOCore
import NIOWebSocket

/// What a web socket's frames mean, as a pure state machine.
///
///     open ──we close──▶ closing ──their close──▶ ended
///      └──their close, a broken rule──────────────▶ ended
///
/// A message may come in pieces, with control frames between them.
struct WebSocketLife {
    enum Side { case server, client }

    enum Action: Equatable {
        case nothing
        /// To the reader.
        case deliver(ByteBuffer)
        /// Back, with the ping's bytes.
        case pong(ByteBuffer)
        /// They have closed first: say it back, tell the reader, end the connection.
        case answerClose(WebSocketClose)
        /// They have answered our close: tell the reader, end the connection.
        case closed(WebSocketClose)
        /// They broke a rule: say so, tell the reader, end the connection.
        case refuse(WebSocketClose)
    }

    enum TickAction: Equatable { case nothing, ping, lost }

    private enum State {
        /// Messages go both ways; `pieces` is what came of one that isn't whole. Becomes `closing` or `ended`.
        case open(pieces: ByteBuffer?)
        /// We have said close; theirs is awaited, and what else comes is passed over. Becomes `ended`.
        case closing
        /// Nothing more is said or heard.
        case ended
    }

    private let side: Side
    private let limits: WebSocketLimits
    private var state = State.open(pieces: nil)
    private var silentTicks = 0

    init(side: Side, limits: WebSocketLimits) {
        self.side = side
        self.limits = limits
    }

    mutating func received(_ frame: WebSocketFrame) -> Action {
        silentTicks = 0
        // A client masks what it sends, a server doesn't (RFC 6455, 5.1).
        let isMasked = frame.maskKey != nil
        if case .ended = state { return .nothing }
        if isMasked != (side == .server) { return refuse(1002, "a frame is masked as it must not be") }
        if frame.rsv1 || frame.rsv2 || frame.rsv3 { return refuse(1002, "extensions were not agreed on") }
        switch frame.opcode {
        case .connectionClose: return theyClose(frame.unmaskedData)
        case .ping: return isOpen ? .pong(frame.unmaskedData) : .nothing
        case .pong: return .nothing
        case .binary: return began(frame.unmaskedData, isWhole: frame.fin)
        case .continuation: return wentOn(frame.unmaskedData, isWhole: frame.fin)
        case .text: return isOpen ? refuse(1003, "send binary messages, not text") : .nothing
        default: return refuse(1002, "a frame of an unknown kind")
        }
    }

    private var isOpen: Bool { if case .open = state { true } else { false } }

    private mutating func began(_ bytes: ByteBuffer, isWhole: Bool) -> Action {
        guard case .open(let pieces) = state else { return .nothing }
        guard pieces == nil else { return refuse(1002, "a message began in the middle of another") }
        return take(bytes, isWhole)
    }

    private mutating func wentOn(_ bytes: ByteBuffer, isWhole: Bool) -> Action {
        guard case .open(let pieces) = state else { return .nothing }
        guard var whole = pieces else { return refuse(1002, "a message went on that had not begun") }
        whole.writeImmutableBuffer(bytes)
        return take(whole, isWhole)
    }

    private mutating func take(_ bytes: ByteBuffer, _ isWhole: Bool) -> Action {
        if bytes.readableBytes > limits.messageInBytes {
            return refuse(1009, "a message has more than \(limits.messageInBytes) bytes")
        }
        state = .open(pieces: isWhole ? nil : bytes)
        return isWhole ? .deliver(bytes) : .nothing
    }

    private mutating func theyClose(_ bytes: ByteBuffer) -> Action {
        var bytes = bytes
        let close: WebSocketClose
        if let code = bytes.readInteger(as: UInt16.self) {
            close = WebSocketClose(code, String(buffer: bytes))
        } else {
            close = .withoutCode
        }
        let wasOpen = isOpen
        state = .ended
        if !wasOpen { return .closed(close) }
        return close.mayTravel || close == .withoutCode
            ? .answerClose(close) : .refuse(WebSocketClose(1002, "a close code"))
    }

    private mutating func refuse(_ code: UInt16, _ reason: String) -> Action {
        state = .ended
        return .refuse(WebSocketClose(code, reason))
    }

    /// What the frames' decoder can't read.
    mutating func unreadable(isTooLong: Bool) -> Action {
        if case .ended = state { return .nothing }
        return isTooLong
            ? refuse(1009, "a frame has more than \(limits.messageInBytes) bytes") : refuse(1002, "not a frame")
    }

    /// Whether messages may be sent.
    var maySend: Bool { isOpen }

    /// We want to close.
    ///
    /// - Returns: whether to say it; it is said once.
    mutating func close() -> Bool {
        guard isOpen else { return false }
        state = .closing
        return true
    }

    /// The connection has ended.
    ///
    /// - Returns: whether the reader is still to be told.
    mutating func connectionEnded() -> Bool {
        if case .ended = state { return false }
        state = .ended
        return true
    }

    /// An interval is over.
    ///
    /// - Parameter isReading: whether what they say would be heard.
    mutating func tick(isReading: Bool) -> TickAction {
        guard isOpen else { return .nothing }
        silentTicks = isReading ? silentTicks + 1 : 0
        return silentTicks > limits.silentIntervals ? .lost : .ping
    }
}
