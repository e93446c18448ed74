/// Decides when a pool has too little room, and when a machine that waits for its disk is tried again.
package enum SpacePolicy {
    /// Below a twentieth people are warned.
    package static func state(free: ByteCount, of total: ByteCount) -> PoolStatus.State {
        if free < fullBelow(total: total) { return .full }
        return free.bytes < total.bytes / 20 ? .low : .ready
    }

    /// What must be free for a machine that stopped for want of room to go on: 64 MiB, or 1 % of a small pool.
    ///
    /// More than nothing, so that a machine doesn't stop again with its next write.
    package static func fullBelow(total: ByteCount) -> ByteCount {
        ByteCount(bytes: min(64 << 20, max(total.bytes / 100, 1)))
    }

    /// How long a machine stays stopped before it is tried again after another failure than want of room.
    package static let retryInterval: Duration = .seconds(30)

    /// How long a machine that stops for want of room time and again waits, by how often it did: 0 at first, doubling to a minute.
    package static func pause(afterStops stops: Int) -> Duration {
        stops <= 1 ? .zero : min(.seconds(60), .seconds(5 << min(stops - 2, 4)))
    }
}
