import MartletLinux
import MartletModel
import MartletQEMU
import MartletStore

/// The operations on machines: start, stop, create, delete.
enum VirtualMachineOperations {
    static let startKind = "vm.start"
    static let stopKind = "vm.stop"
    static let createKind = "vm.create"
    static let deleteKind = "vm.delete"

    struct Start: Codable, Sendable {
        var machine: ID<VirtualMachine>
        var paused: Bool
    }

    struct Stop: Codable, Sendable {
        var machine: ID<VirtualMachine>
        var turnOff: Bool
        var timeoutInSeconds: Int64
    }

    static func definitions(_ machines: VirtualMachines) -> [OperationDefinition] {
        [start(machines), stop(machines), create(machines), delete(machines)]
    }

    private static func start(_ machines: VirtualMachines) -> OperationDefinition {
        OperationDefinition(
            kind: startKind,
            input: Start.self,
            recovery: .finish,
            resume: { try await machines.takeUp($0.machine, as: .starting) },
            abandon: { input, failure in await machines.giveUpStart(input.machine, failure) },
            steps: [
                TypedStep("reserve memory and disks") { input, _ in
                    try await machines.driver(input.machine).reserve()
                } undo: { input, _ in
                    try await machines.claims.release(input.machine)
                },
                TypedStep("ready the firmware") { input, _ in
                    try await machines.driver(input.machine).readyFirmware()
                },
                TypedStep("plug the networks") { input, _ in
                    try await machines.driver(input.machine).plug()
                } undo: { input, _ in
                    try await machines.driver(input.machine).cleanUp()
                },
                TypedStep("start the TPM") { input, _ in
                    try await machines.driver(input.machine).startTPM()
                } undo: { input, _ in
                    try await machines.driver(input.machine).endTPM()
                },
                TypedStep("start QEMU") { input, _ in
                    try await machines.driver(input.machine).launch()
                } undo: { input, _ in
                    try await machines.driver(input.machine).kill()
                },
                TypedStep("check what was started") { input, _ in
                    try await machines.driver(input.machine).checkLaunch()
                },
                TypedStep("run") { input, _ in
                    try await machines.driver(input.machine).run(paused: input.paused)
                } undo: { input, _ in
                    try await machines.driver(input.machine).turn { $0.startTakenBack() }
                },
            ]
        )
    }

    private static func stop(_ machines: VirtualMachines) -> OperationDefinition {
        OperationDefinition(
            kind: stopKind,
            input: Stop.self,
            recovery: .finish,
            resume: { try await machines.takeUp($0.machine, as: .stopping(was: .running)) },
            abandon: { input, _ in await machines.giveUpStop(input.machine) },
            steps: [
                TypedStep("shut down", isIrreversible: true) { input, context in
                    try await machines.driver(input.machine).shutDown(
                        turnOff: input.turnOff, timeout: .seconds(input.timeoutInSeconds), context: context
                    )
                },
                TypedStep("release what it held", isPointOfNoReturn: true) { input, _ in
                    try await machines.driver(input.machine).release()
                },
            ]
        )
    }
}
