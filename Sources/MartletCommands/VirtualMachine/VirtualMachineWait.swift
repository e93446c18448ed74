import ArgumentParser
import MartletClient
import MartletModel

struct VirtualMachineWait: HostVerb {
    static let configuration = CommandConfiguration(
        commandName: "wait",
        abstract: "Wait until machines are in a state.",
        discussion: """
            A machine that fails ends the wait too, with exit code 1 unless 'failed' was waited for. When the time is over the \
            exit code is 5.

              martlet vm wait hello --state off --timeout 2m
            """
    )
    static let uses: [OperationID] = [.listMachines, .getMachine]

    @OptionGroup var selection: MachineSelection

    @Option(
        help: ArgumentHelp(
            "The states, with commas between: off, starting, running, paused, critical, saving, saved, stopping, failed. (default: off)",
            valueName: "states"),
        transform: Self.states
    )
    var state = [VirtualMachineState.off]

    @Option(help: ArgumentHelp("How long to wait, such as 90s or 5m.", valueName: "time"))
    var timeout = TimeSpan(.seconds(300))

    @OptionGroup var host: HostOptions
    @OptionGroup var output: OutputOptions

    func run(on session: HostSession) async throws {
        let names = try await selection.machines(in: nil, session)
        if selection.names.count == 1 {
            let machine = try await arrived(selection.names[0], session)
            return output.output == .table
                ? try session.streams.print(machine.sentence + "\n") : try session.print(machine, output)
        }
        try await session.performAtOnce(names, output: output) { _, name in
            try await arrived(name, session)
        } told: {
            $0.sentence
        }
    }

    private func arrived(_ name: String, _ session: HostSession) async throws -> VirtualMachine {
        let machine = try await wait(for: name, state, session)
        if !state.contains(machine.state) { throw Self.failure(of: machine) }
        return machine
    }

    private func wait(
        for name: String, _ wanted: [VirtualMachineState], _ session: HostSession
    ) async throws -> VirtualMachine {
        let end = ContinuousClock.now + timeout.duration
        let states = wanted.contains(.failed) ? wanted : wanted + [.failed]
        while true {
            let begin = ContinuousClock.now
            let time = min(max(.zero, end - begin), .seconds(30))
            let machine = try await Patience(pace: session.context.pace).ask {
                try await session.client.getMachine(name, until: states, waiting: time)
            }
            if states.contains(machine.state) { return machine }
            if ContinuousClock.now >= end { throw timedOut(machine, wanted) }
            // The host waits in whole seconds, and the last may be shorter than one.
            let pause = session.context.pace.retry - (ContinuousClock.now - begin)
            if pause > .zero { try await Task.sleep(for: min(pause, end - ContinuousClock.now)) }
        }
    }

    private func timedOut(_ machine: VirtualMachine, _ wanted: [VirtualMachineState]) -> MartletError {
        let states = wanted.map(\.rawValue).joined(separator: " or ")
        return MartletError(
            .timedOut,
            "'\(machine.name)' is \(machine.state) and not \(states); wait longer with --timeout"
        )
    }

    private static func failure(of machine: VirtualMachine) -> MartletError {
        let cause = machine.status.cause
        // The exit code says that the wait failed, whatever the machine failed of.
        return MartletError(
            .qemuFailed,
            "'\(machine.name)' has failed: \(cause?.message ?? "no cause is known"); see `martlet vm show`",
            details: cause?.details ?? []
        )
    }

    private static func states(_ text: String) throws -> [VirtualMachineState] {
        try text.split(separator: ",", omittingEmptySubsequences: false).map { part in
            guard let state = VirtualMachineState(rawValue: String(part)) else {
                throw ValidationError("'\(part)' is no state of a machine")
            }
            return state
        }
    }
}
