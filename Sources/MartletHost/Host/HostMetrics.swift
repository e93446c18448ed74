import Glibc
import MartletLinux
package import MartletModel

/// The host's own figures at one moment.
package struct HostMetrics: Sendable {
    package var now: Moment
    package var cpus: Int
    package var memory: ByteCount
    /// nil when the kernel doesn't tell.
    package var available: ByteCount?
    package var assigned: ByteCount
    package var reserve: ByteCount
    /// When the daemon was started.
    package var started: Moment
    /// What the daemon itself has used; nil when the kernel doesn't tell.
    package var processorSeconds: Double?
    package var resident: ByteCount?
}

extension HostInformation {
    /// Looks at the host and at the daemon itself.
    package func metrics() async -> HostMetrics {
        let own = try? ProcessIdentity(processID: getpid()).usage()
        return HostMetrics(
            now: machines.tools.environment.now(),
            cpus: facts.cpus,
            memory: facts.memory,
            available: (try? HostMemory.read())?.available,
            assigned: await machines.claims.memoryAssigned,
            reserve: MemoryAdmission.reserve(of: facts.memory),
            started: started,
            processorSeconds: own.map { $0.processorTime / .seconds(1) },
            resident: own?.resident
        )
    }
}
