import Glibc
import MartletLinux
import MartletModel

/// The guest's clock of the day.
enum GuestClock {
    /// In microseconds since 1970.
    static var now: Int64 {
        var time = timespec()
        clock_gettime(CLOCK_REALTIME, &time)
        return Int64(time.tv_sec) * 1_000_000 + Int64(time.tv_nsec) / 1_000
    }

    /// Sets it.
    ///
    /// - Throws: `forbidden` unless we are root; `invalidArgument` for a time that the kernel takes for none.
    static func set(_ microseconds: Int64) throws(MartletError) {
        var time = timespec(tv_sec: Int(microseconds / 1_000_000), tv_nsec: Int(microseconds % 1_000_000) * 1_000)
        if clock_settime(CLOCK_REALTIME, &time) != 0 { throw .system(errno, "set the clock to \(microseconds) µs") }
    }
}
