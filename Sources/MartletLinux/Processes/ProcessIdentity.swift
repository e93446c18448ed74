import CMartletLinux
import Glibc
package import MartletModel

/// A process that can be told from a later one with the same number: its id, when it started, and in which boot.
package struct ProcessIdentity: Codable, Hashable, Sendable {
    package var processID: Int32
    /// Clock ticks from boot to its start, as in the 22nd field of `/proc/<pid>/stat`.
    package var startTime: UInt64
    /// `/proc/sys/kernel/random/boot_id` when it was seen.
    package var bootID: String

    /// Takes down who a process is that exists now.
    ///
    /// - Throws: `notFound` when there is no such process; `ioFailed` when `/proc` can't be read.
    package init(processID: Int32) throws(MartletError) {
        self.processID = processID
        self.startTime = try ProcessStatistics(processID: processID).startTime
        self.bootID = try BootIdentity.read()
    }

    /// Whether this very process still executes; false for a zombie and for another process with its number.
    package var isAlive: Bool {
        guard let statistics = try? ProcessStatistics(processID: processID) else { return false }
        return statistics.isRunning && isThisProcess(statistics)
    }

    /// How long ago it started, to a hundredth of a second.
    package var age: Duration {
        var now = timespec()
        clock_gettime(CLOCK_BOOTTIME, &now)
        let ticksPerSecond = Double(max(1, sysconf(Int32(_SC_CLK_TCK))))
        let seconds = Double(now.tv_sec) + Double(now.tv_nsec) / 1e9 - Double(startTime) / ticksPerSecond
        return .seconds(max(0, seconds))
    }

    /// Sends a signal to this very process; it can't reach another one that got its number.
    ///
    /// - Throws: `notFound` when it has ended; `forbidden` when it belongs to somebody else; `ioFailed`.
    package func signal(_ signal: Int32) throws(MartletError) {
        let descriptor = try openDescriptor()
        if martlet_pidfd_send_signal(descriptor.number, signal) != 0 {
            throw .system(errno, "send signal \(signal) to process \(processID)")
        }
    }

    /// A descriptor of this very process, readable once it has ended; closed on exec.
    ///
    /// The start time is read after the descriptor was opened: from then on the number can't go to another process unnoticed.
    /// - Throws: `notFound` when it has ended and was reaped; `tooMany`, `ioFailed`.
    func openDescriptor() throws(MartletError) -> OwnedDescriptor {
        let number = martlet_pidfd_open(processID)
        if number < 0 { throw .system(errno, "find process \(processID)") }
        let descriptor = OwnedDescriptor(number)
        guard isThisProcess(try ProcessStatistics(processID: processID)) else {
            throw MartletError(.notFound, "process \(processID) has ended, and another has its number now")
        }
        return descriptor
    }

    private func isThisProcess(_ statistics: ProcessStatistics) -> Bool {
        statistics.startTime == startTime && (try? BootIdentity.read()) == bootID
    }
}
