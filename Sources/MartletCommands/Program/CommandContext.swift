import FoundationEssentials
import Glibc
package import MartletClient
package import MartletModel

/// All that a command takes from the process it runs in; tests give their own.
package struct CommandContext: Sendable {
    package var environment: [String: String]
    /// Absolute.
    package var workingDirectory: String
    package var isRoot: Bool
    package var streams: StandardStreams
    package var limits: ClientLimits
    /// How often a wait looks again, how long it bears a host that is away.
    package var pace: Pace
    package var now: @Sendable () -> Moment
    /// Signals as they come, in place of what they do by default.
    package var signals: @Sendable ([Int32]) -> AsyncStream<Int32>

    package init(
        environment: [String: String],
        workingDirectory: String,
        isRoot: Bool,
        streams: StandardStreams,
        limits: ClientLimits = ClientLimits(),
        pace: Pace = Pace(),
        now: @escaping @Sendable () -> Moment,
        signals: @escaping @Sendable ([Int32]) -> AsyncStream<Int32> = { _ in AsyncStream { _ in } }
    ) {
        self.environment = environment
        self.workingDirectory = workingDirectory
        self.isRoot = isRoot
        self.streams = streams
        self.limits = limits
        self.pace = pace
        self.now = now
        self.signals = signals
    }

    /// That of this process.
    package static var process: CommandContext {
        CommandContext(
            environment: ProcessInfo.processInfo.environment,
            workingDirectory: FileManager.default.currentDirectoryPath,
            isRoot: geteuid() == 0,
            streams: .process,
            now: { Moment(Date()) },
            signals: { Signals.stream($0) }
        )
    }

    /// A variable of the environment; nil for an empty one too.
    func variable(_ name: String) -> String? { environment[name].flatMap { $0.isEmpty ? nil : $0 } }

    /// `path` made absolute against the working directory.
    func absolute(_ path: String) -> String { path.isAbsolutePath ? path : "\(workingDirectory)/\(path)" }
}

/// How often a wait looks again, and how long it bears a host that is away.
package struct Pace: Sendable {
    /// How long the first look at an operation may last: what is over by then shows no progress.
    package var firstLook: Duration = .seconds(1)
    /// Between two looks at an operation on a terminal.
    package var onTerminal: Duration = .seconds(1)
    /// Between two looks elsewhere.
    package var elsewhere: Duration = .seconds(5)
    /// Between two tries to reach a host that is away, and at least between two looks.
    package var retry: Duration = .milliseconds(500)
    /// How long a host may be away, as it is while its daemon is upgraded.
    package var patience: Duration = .seconds(30)

    package init() {}
}
