import NIOCore

/// Which of a session's streams: a program's number, and one of its three. On the wire the number (4 bytes), the channel (1), zeros (3).
package struct StreamID: Hashable, Sendable {
    /// A program's input or one of its outputs.
    package enum Channel: UInt8, CaseIterable, Sendable {
        /// From the host.
        case input = 0
        /// From the guest.
        case output = 1
        /// From the guest.
        case errors = 2
    }

    /// The program's, which the host chooses; not used before in the session.
    package var number: UInt32
    package var channel: Channel

    /// On the wire, in bytes.
    static let length = 8

    package init(_ number: UInt32, _ channel: Channel) {
        self.number = number
        self.channel = channel
    }

    /// Takes `length` bytes.
    ///
    /// - Returns: nil for what is none.
    init?(reading buffer: inout ByteBuffer) {
        guard let (number, second) = buffer.readMultipleIntegers(as: (UInt32, UInt32).self),
            let channel = Channel(rawValue: UInt8(second >> 24)), second & 0xFF_FFFF == 0
        else { return nil }
        self.init(number, channel)
    }

    func write(into buffer: inout ByteBuffer) {
        buffer.writeMultipleIntegers(number, UInt32(channel.rawValue) << 24)
    }
}
