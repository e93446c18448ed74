import Glibc
package import MartletModel

/// What the host's processors have worked since its boot, together, as the first line of `/proc/stat` has it.
package enum HostProcessorTime {
    /// - Throws: `ioFailed` when `/proc/stat` isn't Linux's; `notFound` when there is none.
    package static func readInSeconds() throws(MartletError) -> Double {
        guard let ticks = busyTicks(parsing: try BoundedFile.readText("/proc/stat", limit: 16 << 20)) else {
            throw MartletError(.ioFailed, "'/proc/stat' doesn't begin with the processors' times")
        }
        return Double(ticks) / Double(max(1, sysconf(Int32(_SC_CLK_TCK))))
    }

    /// `cpu user nice system idle iowait irq softirq steal guest guest_nice`, where user has guest's among it.
    static func busyTicks(parsing text: String) -> Int64? {
        let words = text.prefix { $0 != "\n" }.split(separator: " ")
        guard words.first == "cpu", words.count >= 8 else { return nil }
        let times = words.dropFirst().prefix(8).map { Int64($0) }
        let busy = times.enumerated().filter { ![3, 4].contains($0.offset) }.map(\.element)
        var sum: Int64 = 0
        for time in busy {
            guard let time, time >= 0, case (let total, false) = sum.addingReportingOverflow(time) else { return nil }
            sum = total
        }
        return sum
    }
}
