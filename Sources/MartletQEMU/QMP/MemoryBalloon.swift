package import MartletModel

/// What a machine's balloon tells, read by three commands of the monitor.
package struct MemoryBalloon: Sendable, Hashable {
    static let deviceID = "balloon0"
    static let path = "/machine/peripheral/\(deviceID)"

    /// What the balloon leaves to the guest.
    package var actual: ByteCount
    /// What the guest's driver told last; nil while there is no driver that tells.
    package var statistics: GuestMemoryStatistics?
    /// When it told that, in seconds since 1970 by the host's clock; 0 for never.
    package var lastUpdate: Int64
}

extension QMPClient {
    /// What the balloon holds and what the guest's driver tells.
    ///
    /// - Throws: as `execute`; `notFound` for a machine without our balloon.
    package func memoryBalloon(timeout: Duration = .seconds(10)) async throws(MartletError) -> MemoryBalloon {
        let told = try await execute(QueryGuestStatistics(), timeout: timeout)
        return MemoryBalloon(
            actual: ByteCount(bytes: max(0, try await execute(QueryBalloon(), timeout: timeout).actual)),
            statistics: told.lastUpdate > 0 ? told.stats.statistics : nil,
            lastUpdate: told.lastUpdate
        )
    }

    /// Asks the guest to give back what it has beyond `target`, or lets it have more; it obeys in its own time, or not at all.
    ///
    /// - Throws: as `execute`.
    package func setMemoryTarget(_ target: ByteCount) async throws(MartletError) {
        _ = try await execute(SetBalloon(value: target.bytes))
    }

    /// How often the guest's driver is asked for what it tells; 0 stops asking.
    ///
    /// - Throws: as `execute`.
    package func pollGuestMemory(everySeconds seconds: Int64) async throws(MartletError) {
        _ = try await execute(SetPollingInterval(value: seconds))
    }
}

/// Sets what the balloon is to leave to the guest.
struct SetBalloon: QMPCommand {
    static let name = "balloon"
    typealias Reply = QMPEmpty

    var value: Int64
}

/// Asks what the balloon leaves to the guest.
struct QueryBalloon: QMPCommand {
    static let name = "query-balloon"

    struct Reply: Decodable, Sendable, Hashable {
        var actual: Int64
    }
}

/// Sets how often QEMU asks the guest's driver.
struct SetPollingInterval: QMPCommand {
    static let name = "qom-set"
    typealias Reply = QMPEmpty

    var path = MemoryBalloon.path
    var property = "guest-stats-polling-interval"
    var value: Int64
}

/// Asks for what the guest's driver told last.
struct QueryGuestStatistics: QMPCommand {
    static let name = "qom-get"

    struct Reply: Decodable, Sendable, Hashable {
        var stats: Statistics
        var lastUpdate: Int64

        private enum CodingKeys: String, CodingKey {
            case stats
            case lastUpdate = "last-update"
        }
    }

    /// The guest's own numbers: what it doesn't tell is 2^64 - 1, and what it tells may be anything.
    struct Statistics: Decodable, Sendable, Hashable {
        var available: UInt64?
        var free: UInt64?
        var caches: UInt64?
        var swappedOut: UInt64?
        var swappedIn: UInt64?

        private enum CodingKeys: String, CodingKey {
            case available = "stat-available-memory"
            case free = "stat-free-memory"
            case caches = "stat-disk-caches"
            case swappedOut = "stat-swap-out"
            case swappedIn = "stat-swap-in"
        }

        /// Drivers older than Linux 4.6 and some of other systems don't tell what is available: free memory and caches come near it.
        var statistics: GuestMemoryStatistics {
            let sum = Self.bounded(free).map { free in ByteCount(bytes: free.bytes + (Self.bounded(caches)?.bytes ?? 0))
            }
            return GuestMemoryStatistics(
                available: Self.bounded(available) ?? sum, swappedOut: Self.bounded(swappedOut),
                swappedIn: Self.bounded(swappedIn)
            )
        }

        /// nil for what isn't told; an exbibyte at most, so that sums of it are numbers still.
        private static func bounded(_ value: UInt64?) -> ByteCount? {
            guard let value, value != .max else { return nil }
            return ByteCount(bytes: Int64(min(value, 1 << 60)))
        }
    }

    var path = MemoryBalloon.path
    var property = "guest-stats"
}
