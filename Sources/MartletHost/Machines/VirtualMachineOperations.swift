import MartletLinux
import MartletModel
import MartletQEMU
import MartletStore

/// The operations on machines.
enum VirtualMachineOperations {
    static let startKind = "vm.start"
    static let stopKind = "vm.stop"
    static let restartKind = "vm.restart"
    static let saveKind = "vm.save"
    static let restoreKind = "vm.restore"
    static let discardKind = "vm.discard"
    static let createKind = "vm.create"
    static let deleteKind = "vm.delete"

    struct Start: MachineInput {
        var machine: ID<VirtualMachine>
        var paused: Bool
    }

    struct Stop: MachineInput {
        var machine: ID<VirtualMachine>
        var turnOff: Bool
        var timeoutInSeconds: Int64
        /// Whether the host goes down; a missing key means that it doesn't.
        var byHost: Bool?
    }

    static func definitions(_ machines: VirtualMachines) -> [OperationDefinition] {
        [
            start(machines), stop(machines), restart(machines), save(machines), restore(machines), discard(machines),
            create(machines), delete(machines),
        ]
    }

    private static func start(_ machines: VirtualMachines) -> OperationDefinition {
        OperationDefinition(
            kind: startKind,
            input: Start.self,
            recovery: .finish,
            resume: { try await machines.takeUp($0.machine, as: .starting) },
            abandon: { input, failure in await machines.giveUpStart(input.machine, failure) },
            steps: bringUp(machines) + [
                TypedStep("run") { input, context in
                    let driver = try machines.driver(input.machine)
                    try await driver.run(paused: input.paused)
                    if let warning = await driver.processorWarning { await context.message(warning) }
                } undo: { input, _ in
                    try await machines.driver(input.machine).turn { $0.startTakenBack() }
                }
            ]
        )
    }

    /// What brings QEMU up, stopped, in every operation that starts a machine.
    ///
    /// - Parameters:
    ///   - isRestored: whether QEMU waits for a saved state rather than for its firmware.
    ///   - mayUndo: whether what was done is to be undone; false where the guest runs on whatever happens to the operation.
    static func bringUp<Input: MachineInput>(
        _ machines: VirtualMachines, isRestored: Bool = false,
        mayUndo: @escaping @Sendable (VirtualMachineDriver) async -> Bool = { _ in true }
    ) -> [TypedStep<Input>] {
        [
            TypedStep("reserve memory and disks") { input, _ in
                try await machines.driver(input.machine).reserve()
            } undo: { input, _ in
                let driver = try machines.driver(input.machine)
                if await mayUndo(driver) { try await driver.releaseClaim() }
            },
            TypedStep("ready the firmware") { input, _ in
                try await machines.driver(input.machine).readyFirmware()
            },
            TypedStep("plug the networks") { input, _ in
                try await machines.driver(input.machine).plug()
            } undo: { input, _ in
                let driver = try machines.driver(input.machine)
                if await mayUndo(driver) { try await driver.cleanUp() }
            },
            TypedStep("start the TPM") { input, _ in
                try await machines.driver(input.machine).startTPM()
            } undo: { input, _ in
                let driver = try machines.driver(input.machine)
                if await mayUndo(driver) { try await driver.endTPM() }
            },
            TypedStep("start QEMU") { input, _ in
                try await machines.driver(input.machine).launch(isRestored: isRestored)
            } undo: { input, _ in
                let driver = try machines.driver(input.machine)
                if await mayUndo(driver) { try await driver.kill() }
            },
            TypedStep("check what was started") { input, _ in
                try await machines.driver(input.machine).checkLaunch(isRestored: isRestored)
            },
        ]
    }

    private static func stop(_ machines: VirtualMachines) -> OperationDefinition {
        OperationDefinition(
            kind: stopKind,
            input: Stop.self,
            recovery: .finish,
            resume: { try await machines.takeUp($0.machine, as: .stopping(was: .running)) },
            complete: { input in await (try? machines.driver(input.machine))?.turn { $0.stopped() } },
            abandon: { input, _ in await machines.giveUpStop(input.machine) },
            steps: [
                TypedStep("shut down", isIrreversible: true) { input, context in
                    try await machines.driver(input.machine).shutDown(
                        turnOff: input.turnOff, timeout: .seconds(input.timeoutInSeconds), context: context
                    )
                },
                TypedStep("release what it held", isPointOfNoReturn: true) { input, _ in
                    try await machines.driver(input.machine).release(isWanted: input.byHost ?? false)
                },
            ]
        )
    }
}

/// The input of an operation on one machine.
protocol MachineInput: Codable, Sendable {
    var machine: ID<VirtualMachine> { get }
}
