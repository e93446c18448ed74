import MartletModel

/// What went through a network interface since it was made, as the host sees it: a tap receives what its guest sends.
package struct InterfaceCounters: Sendable, Hashable {
    package var receivedBytes: Int64
    package var sentBytes: Int64
    package var receivedPackets: Int64
    package var sentPackets: Int64
    package var dropped: Int64

    /// Reads the kernel's counters; nil when there is no such interface.
    package init?(interface name: String) {
        guard (try? InterfaceName.check(name)) != nil else { return nil }
        func value(_ counter: String) -> Int64? {
            guard let text = try? BoundedFile.readText("/sys/class/net/\(name)/statistics/\(counter)") else {
                return nil
            }
            return UInt64(text.prefix { $0.isNumber }).map { Int64(clamping: $0) }
        }
        guard let receivedBytes = value("rx_bytes"), let sentBytes = value("tx_bytes"),
            let receivedPackets = value("rx_packets"), let sentPackets = value("tx_packets"),
            let droppedIn = value("rx_dropped"), let droppedOut = value("tx_dropped")
        else { return nil }
        self.receivedBytes = receivedBytes
        self.sentBytes = sentBytes
        self.receivedPackets = receivedPackets
        self.sentPackets = sentPackets
        dropped = droppedIn &+ droppedOut
    }
}
