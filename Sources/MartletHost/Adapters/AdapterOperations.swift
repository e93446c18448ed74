import MartletModel
import MartletStore

/// The operations on machines' adapters: add, change, remove, while the guest runs or is off.
enum AdapterOperations {
    static let addKind = "adapter.add"
    static let setKind = "adapter.set"
    static let removeKind = "adapter.remove"

    /// What is to happen to one adapter, decided in full before the first step.
    struct Change: Codable, Sendable {
        typealias Adapter = VirtualMachineConfiguration.Adapter

        var machine: ID<VirtualMachine>
        var slot: Int
        /// nil for one that is added.
        var before: Adapter?
        /// nil for one that is removed.
        var after: Adapter?
    }

    static func definitions(_ machines: VirtualMachines) -> [OperationDefinition] {
        [
            definition(
                addKind, machines, firstRecord: .processCrash, [record(machines), plug(machines), give(machines)]),
            definition(setKind, machines, firstRecord: .processCrash, [record(machines), change(machines)]),
            definition(removeKind, machines, [take(machines), unplug(machines), forget(machines)]),
        ]
    }

    private static func definition(
        _ kind: Operation.Kind, _ machines: VirtualMachines, firstRecord: Durability = .powerLoss,
        _ steps: [TypedStep<Change>]
    ) -> OperationDefinition {
        OperationDefinition(
            kind: kind,
            input: Change.self,
            recovery: .finish,
            firstRecord: firstRecord,
            resume: { try await machines.takeUpAdapterWork($0.machine) },
            complete: { await (try? machines.driver($0.machine))?.endAdapterWork() },
            abandon: { input, _ in await (try? machines.driver(input.machine))?.endAdapterWork() },
            steps: steps
        )
    }

    // MARK: Steps

    /// A daemon that starts takes what is recorded for plugged in, so what is recorded anew is put right on the switches too.
    private static func record(_ machines: VirtualMachines) -> TypedStep<Change> {
        TypedStep("record it") { input, _ in
            try await machines.driver(input.machine).record(input.after, inSlot: input.slot)
        } undo: { input, _ in
            let driver = try machines.driver(input.machine)
            if input.before == nil { try await driver.unplug(input.after) }
            try await driver.change(input.after, to: input.before)
            try await driver.record(input.before, inSlot: input.slot)
        }
    }

    private static func plug(_ machines: VirtualMachines) -> TypedStep<Change> {
        TypedStep("plug it into its switch") { input, _ in
            try await machines.driver(input.machine).plug(input.after)
        } undo: { input, _ in
            try await machines.driver(input.machine).unplug(input.after)
        }
    }

    private static func give(_ machines: VirtualMachines) -> TypedStep<Change> {
        TypedStep("give it to the guest") { input, _ in
            try await machines.driver(input.machine).give(input.after)
        } undo: { input, context in
            do {
                try await machines.driver(input.machine).take(input.after, timeout: .seconds(5))
            } catch let error as MartletError where error.code == .timedOut {
                // Its tap goes all the same. Without a machine that could be started anew, nothing better can be done.
                await machines.keepSlot(input.slot, of: input.machine)
                await context.message("the guest keeps an adapter without a network until it is turned off")
            }
        }
    }

    private static func change(_ machines: VirtualMachines) -> TypedStep<Change> {
        TypedStep("change it on its switch") { input, context in
            let driver = try machines.driver(input.machine)
            try await driver.change(input.before, to: input.after)
            if input.before?.address != input.after?.address, await driver.isAlive {
                await context.message("the guest has its new address when it asks for one again, as after a restart")
            }
        } undo: { input, _ in
            try await machines.driver(input.machine).change(input.after, to: input.before)
        }
    }

    private static func take(_ machines: VirtualMachines) -> TypedStep<Change> {
        TypedStep("take it from the guest") { input, _ in
            try await machines.driver(input.machine).take(input.before, timeout: .seconds(30))
        } undo: { input, _ in
            try await machines.driver(input.machine).give(input.before)
        }
    }

    private static func unplug(_ machines: VirtualMachines) -> TypedStep<Change> {
        TypedStep("unplug it from its switch") { input, _ in
            try await machines.driver(input.machine).unplug(input.before)
        } undo: { input, _ in
            try await machines.driver(input.machine).plug(input.before)
        }
    }

    private static func forget(_ machines: VirtualMachines) -> TypedStep<Change> {
        TypedStep("forget it") { input, _ in
            let driver = try machines.driver(input.machine)
            try await driver.unplug(input.before)
            try await driver.record(nil, inSlot: input.slot)
        } undo: { input, _ in
            try await machines.driver(input.machine).record(input.before, inSlot: input.slot)
        }
    }
}
