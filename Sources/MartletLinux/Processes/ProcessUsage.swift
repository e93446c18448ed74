import CMartletLinux
import Glibc
package import MartletModel

/// What a process has used of the host.
package struct ProcessUsage: Sendable, Hashable {
    /// Of processors, since it started.
    package var processorTime: Duration
    package var resident: ByteCount
}

extension ProcessIdentity {
    /// What this very process has used; one read of `/proc`.
    ///
    /// - Throws: `notFound` when it has ended; `ioFailed`.
    package func usage() throws(MartletError) -> ProcessUsage {
        let statistics = try ProcessStatistics(processID: processID)
        guard statistics.startTime == startTime else {
            throw MartletError(.notFound, "process \(processID) has ended")
        }
        let ticksPerSecond = Double(max(1, sysconf(Int32(_SC_CLK_TCK))))
        let pageSize = Int64(sysconf(Int32(_SC_PAGESIZE)))
        return ProcessUsage(
            processorTime: .seconds(Double(statistics.processorTicks) / ticksPerSecond),
            resident: ByteCount(bytes: statistics.residentPages * pageSize)
        )
    }
}
