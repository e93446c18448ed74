import ArgumentParser
import Glibc
import Logging
import MartletAPI
import MartletHost
import MartletLinux
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
    /// A file that it makes whenever a guest is frozen, and whose removal it waits for before it goes on.
    @Option var frozenMark: String?

    func run() async throws {
        let point = OperationFaultPoint(kind: kind, step: step, phase: phase)
        let failing = failingStep.map { OperationFaultPoint(kind: kind, step: $0, phase: .afterPerform) }
        try await Daemon.run(
            configuration: DaemonConfiguration(root: root, logLevel: .error),
            environment: boot.map { boot in HostEnvironment(bootIdentity: { boot }) } ?? HostEnvironment(),
            faults: DeadlyFaults(deadly: point, failing: failing),
            freezers: { [frozenMark] _, own in
                guard let own, let frozenMark else { return own }
                return LingeringFreezer(own: own, mark: frozenMark)
            }
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

/// The guest's own, which takes its time: what happens while a guest is frozen can be tried then.
private struct LingeringFreezer: GuestFreezer {
    let own: any GuestFreezer
    let mark: String

    func freeze(limit: Duration) async throws(MartletError) -> FrozenGuest {
        let frozen = try await own.freeze(limit: limit)
        try AtomicFile.write([], to: mark, mode: 0o600)
        while FileEntry.exists(mark) { try? await Task.sleep(for: .milliseconds(10)) }
        return frozen
    }

    func thaw() async throws(MartletError) -> ThawedGuest { try await own.thaw() }
}

extension OperationFaultPoint.Phase: ExpressibleByArgument {}

if let status = StreamPasser.run(Array(CommandLine.arguments.dropFirst())) { exit(status) }

do {
    let command = try FaultyDaemon.parse()
    try await command.run()
} catch {
    FaultyDaemon.exit(withError: error)
}
