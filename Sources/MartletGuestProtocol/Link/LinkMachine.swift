import NIOCore

/// What the guest's end of the link does next; no I/O.
///
///     idle --hello--> joining --joined--> open --bye, left--> idle
///
/// A hello of another session leaves any state for `joining`, so that neither a host that was started anew nor a guest that
/// went back in time waits for an end that nobody sends.
struct LinkMachine {
    enum Action: Equatable {
        case nothing
        case send(LinkFrame)
        /// Close what is connected, and connect this session to what serves it.
        case join(UInt64)
        /// To what is connected.
        case deliver(ByteBuffer)
        /// To the session's streams.
        case pass(LinkFrame)
        /// Close what is connected.
        case leave
    }

    private enum State {
        /// No session. Can become `joining`.
        case idle
        /// A session is being connected. Can become `open`, `idle`, or `joining` with another.
        case joining(UInt64)
        /// Bytes go both ways. Can become `idle`, or `joining` with another session.
        case open(UInt64)
    }

    private var state = State.idle

    mutating func received(_ frame: LinkFrame) -> Action {
        switch (frame.kind, state) {
        case (.hello, .open(frame.session)):
            return .send(LinkFrame(.welcome, session: frame.session))
        case (.hello, .joining(frame.session)), (.welcome, _):
            return .nothing
        case (.hello, _):
            state = .joining(frame.session)
            return .join(frame.session)
        case (.data, .open(frame.session)):
            return .deliver(frame.payload)
        case (.stream, .open(frame.session)), (.credit, .open(frame.session)):
            return .pass(frame)
        case (.data, _), (.stream, _), (.credit, _):
            // The host of a guest that went back in time, or whose program was started anew, learns that it has to begin again.
            return .send(LinkFrame(.bye, session: frame.session))
        case (.bye, .open(frame.session)), (.bye, .joining(frame.session)):
            state = .idle
            return .leave
        case (.bye, _):
            return .nothing
        }
    }

    /// A session is connected.
    ///
    /// - Returns: `leave` when it is over by then.
    mutating func joined(_ session: UInt64) -> Action {
        guard case .joining(session) = state else { return .leave }
        state = .open(session)
        return .send(LinkFrame(.welcome, session: session))
    }

    /// What was connected has ended, or couldn't be connected.
    mutating func left(_ session: UInt64) -> Action {
        switch state {
        case .open(session), .joining(session):
            state = .idle
            return .send(LinkFrame(.bye, session: session))
        default: return .nothing
        }
    }
}
