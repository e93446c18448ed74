import FoundationEssentials
import Glibc
import Synchronization

/// The `Date` header (RFC 9110, 5.6.7), written once a second.
final class DateHeader: Sendable {
    private struct Written {
        var second: Int
        var text: String
    }

    static let shared = DateHeader()

    private let written = Mutex(Written(second: 0, text: ""))

    private static let weekdays = ["Sun", "Mon", "Tue", "Wed", "Thu", "Fri", "Sat"]
    private static let months = ["Jan", "Feb", "Mar", "Apr", "May", "Jun", "Jul", "Aug", "Sep", "Oct", "Nov", "Dec"]

    /// `Sun, 06 Nov 1994 08:49:37 GMT`, whatever the host's language is.
    static func format(_ date: Date) -> String {
        var seconds = time_t(date.timeIntervalSince1970)
        var time = tm()
        gmtime_r(&seconds, &time)
        let numbers = [time.tm_mday, time.tm_hour, time.tm_min, time.tm_sec].map { $0 < 10 ? "0\($0)" : "\($0)" }
        return "\(weekdays[Int(time.tm_wday)]), \(numbers[0]) \(months[Int(time.tm_mon)]) \(1900 + time.tm_year) "
            + "\(numbers[1]):\(numbers[2]):\(numbers[3]) GMT"
    }

    func text(at date: Date = Date()) -> String {
        let second = Int(date.timeIntervalSince1970)
        return written.withLock { written in
            if written.second != second { written = Written(second: second, text: Self.format(date)) }
            return written.text
        }
    }
}
