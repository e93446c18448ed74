import ArgumentParser
import MartletModel

/// How a guest is brought to its end.
struct ShutdownOptions: ParsableArguments {
    @Flag(help: "Pull the plug rather than ask the guest.")
    var turnOff = false

    @Option(help: ArgumentHelp("How long a guest has to obey: 1s to 1h. (default: 60s)", valueName: "time"))
    var timeout: TimeSpan?

    /// The states in which a machine can be brought to its end so.
    var states: Set<VirtualMachineState> { turnOff ? [.running, .paused, .critical] : [.running] }

    func validate() throws {
        if turnOff, timeout != nil { throw ValidationError("--turn-off waits for nobody: leave --timeout out") }
        if let timeout, !(.seconds(1)...(.seconds(3600))).contains(timeout.duration) {
            throw ValidationError("--timeout must be from 1s to 1h")
        }
    }
}
