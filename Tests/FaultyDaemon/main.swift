import ArgumentParser
import Glibc
import Logging
import MartletAPI
import MartletHost
import MartletModel

/// `martletd` that kills itself with SIGKILL when an operation reaches a point, for the tests of crashes.
struct FaultyDaemon: AsyncParsableCommand {
    @Option var root: String
    @Option var kind = "none"
    @Option var step = "none"
    @Option var phase = OperationFaultPoint.Phase.beforePerform
    /// A step that is made to fail after it was performed, so that undos are reached.
    @Option var failingStep: String?
    /// What it takes for the name of the host's present boot.
    @Option var boot: String?

    func run() async throws {
        let point = OperationFaultPoint(kind: kind, step: step, phase: phase)
        let failing = failingStep.map { OperationFaultPoint(kind: kind, step: $0, phase: .afterPerform) }
        try await Daemon.run(
            configuration: DaemonConfiguration(root: root, logLevel: .error),
            environment: boot.map { boot in HostEnvironment(bootIdentity: { boot }) } ?? HostEnvironment(),
            faults: DeadlyFaults(deadly: point, failing: failing)
        )
    }
}

/// Ends the process as a power loss would end it, without a word to anybody.
private struct DeadlyFaults: OperationFaults {
    let deadly: OperationFaultPoint
    let failing: OperationFaultPoint?
    var repetitions: Int { 1 }

    func reached(_ point: OperationFaultPoint) async throws {
        if point == deadly { kill(getpid(), SIGKILL) }
        if point == failing { throw MartletError(.internal, "made to fail at \(point.step)") }
    }
}

extension OperationFaultPoint.Phase: ExpressibleByArgument {}

do {
    let command = try FaultyDaemon.parse()
    try await command.run()
} catch {
    FaultyDaemon.exit(withError: error)
}
