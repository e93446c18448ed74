import MartletModel

/// Lengths of time for people: the two largest units.
enum Age {
    /// Such as `5 s`, `3 min`, `2 h 5 min`, `4 d 3 h`; nothing below zero, which clocks that differ can give.
    static func text(_ duration: Duration) -> String {
        let seconds = max(0, duration.components.seconds)
        if seconds < 60 { return "\(seconds) s" }
        if seconds < 3600 { return "\(seconds / 60) min" }
        if seconds < 86400 { return pair(seconds / 3600, "h", seconds % 3600 / 60, "min") }
        return pair(seconds / 86400, "d", seconds % 86400 / 3600, "h")
    }

    /// Such as `2031-05-06T07:08:09.123Z (3 min ago)`.
    static func text(_ moment: Moment, now: Moment) -> String { "\(moment) (\(text(now.since(moment))) ago)" }

    private static func pair(_ large: Int64, _ largeUnit: String, _ small: Int64, _ smallUnit: String) -> String {
        small == 0 ? "\(large) \(largeUnit)" : "\(large) \(largeUnit) \(small) \(smallUnit)"
    }
}
