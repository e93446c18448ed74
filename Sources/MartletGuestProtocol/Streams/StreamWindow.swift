/// How much of a stream may be on its way, in bytes. Pure.
enum StreamWindow {
    /// At the stream's beginning, and the most ever. At 200 MiB/s it bears 5 ms from one end to the other and back.
    static let bytes = 1 << 20

    /// What the sender may still send.
    struct Sending: Hashable {
        private(set) var room = StreamWindow.bytes

        mutating func sent(_ count: Int) { room -= count }

        /// - Returns: false for more than was ever sent: the other side doesn't keep to the rules.
        mutating func credited(_ count: Int) -> Bool {
            guard count <= StreamWindow.bytes - room else { return false }
            room += count
            return true
        }
    }

    /// What the receiver still takes.
    struct Receiving: Hashable {
        private(set) var room = StreamWindow.bytes
        /// Used, and not told to the sender yet.
        private var unsaid = 0

        /// - Returns: false for more than there is room for: the other side doesn't keep to the rules.
        mutating func received(_ count: Int) -> Bool {
            guard count <= room else { return false }
            room -= count
            return true
        }

        /// Bytes have gone on to whom they are for.
        ///
        /// - Returns: what to tell the sender, nil while it isn't worth a frame.
        mutating func used(_ count: Int) -> UInt32? {
            unsaid += count
            guard unsaid >= StreamWindow.bytes / 4 else { return nil }
            defer { unsaid = 0 }
            room += unsaid
            return UInt32(unsaid)
        }
    }
}
