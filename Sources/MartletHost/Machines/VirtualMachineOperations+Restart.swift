import MartletModel

extension VirtualMachineOperations {
    struct Restart: MachineInput {
        var machine: ID<VirtualMachine>
        var turnOff: Bool
        var timeoutInSeconds: Int64
    }

    /// The guest shuts down and a new QEMU starts: it sees what was changed of the machine, as after a stop and a start.
    static func restart(_ machines: VirtualMachines) -> OperationDefinition {
        OperationDefinition(
            kind: restartKind,
            input: Restart.self,
            recovery: .finish,
            resume: { try await machines.takeUp($0.machine, as: .restarting(isDown: false)) },
            abandon: { input, failure in await machines.giveUpRestart(input.machine, failure) },
            steps: [
                TypedStep("shut down", isIrreversible: true) { input, context in
                    try await machines.driver(input.machine).shutDown(
                        turnOff: input.turnOff, timeout: .seconds(input.timeoutInSeconds), context: context
                    )
                },
                TypedStep("release what it held", isIrreversible: true) { input, _ in
                    try await machines.driver(input.machine).releaseForRestart()
                },
            ] + bringUp(machines) + [
                TypedStep("run") { input, _ in
                    try await machines.driver(input.machine).run(paused: false)
                } undo: { input, _ in
                    try await machines.driver(input.machine).turn { $0.startTakenBack() }
                }
            ]
        )
    }
}

extension VirtualMachineDriver {
    /// Takes down what the old QEMU held, and only that: done again after the new one is there it does nothing.
    func releaseForRestart() async throws(MartletError) {
        guard !isAlive else { return }
        turn { $0.downForRestart() }
        try await cleanUp()
    }
}

extension VirtualMachines {
    /// The guest didn't obey and runs on, or it is down and could not be started.
    func giveUpRestart(_ id: ID<VirtualMachine>, _ failure: Failure?) async {
        guard let driver = try? driver(id) else { return }
        if await driver.isAlive { return await driver.giveUpStop() }
        await driver.cleanUpOrLog()
        await giveUpStart(id, failure)
    }
}
