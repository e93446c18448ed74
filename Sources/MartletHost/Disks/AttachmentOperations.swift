import MartletLinux
import MartletModel
import MartletStore

/// The operations on a disk and the machine that has it, or will: attach, detach, resize.
///
/// The disk is busy from the request until the end, so that its machine neither starts nor is deleted meanwhile.
enum AttachmentOperations {
    static let attachKind = "disk.attach"
    static let detachKind = "disk.detach"
    static let resizeKind = "disk.resize"

    struct Attach: Codable, Sendable {
        /// As it was: of no machine.
        var disk: Disk
        var machine: ID<VirtualMachine>
        var slot: Int
    }

    struct Detach: Codable, Sendable {
        /// As it was: of the machine, at its place there.
        var disk: Disk
        /// As it will be: of no machine, and outside its folder.
        var after: Disk
        var machine: ID<VirtualMachine>
        var slot: Int
        var timeoutInSeconds: Int
    }

    struct Resize: Codable, Sendable {
        /// As it was.
        var disk: Disk
        var capacity: ByteCount
    }

    static func definitions(_ machines: VirtualMachines) -> [OperationDefinition] {
        [attach(machines), detach(machines), resize(machines)]
    }

    private static func attach(_ machines: VirtualMachines) -> OperationDefinition {
        let disks = machines.tools.disks
        return OperationDefinition(
            kind: attachKind,
            input: Attach.self,
            recovery: .finish,
            firstRecord: .processCrash,
            resume: { disks.resumeBusy($0.disk.id, "attached") },
            complete: { disks.unmarkBusy($0.disk.id) },
            abandon: { input, _ in disks.unmarkBusy(input.disk.id) },
            steps: [
                TypedStep("promise it to the machine") { input, _ in
                    try await machines.claims.claim(input.disk.id, for: input.machine)
                } undo: { input, _ in
                    try await machines.driver(input.machine).requirePulledOut(input.disk)
                    try await machines.claims.release(input.disk.id, of: input.machine)
                },
                TypedStep("record it") { input, _ in
                    try await machines.driver(input.machine).add(input.disk, at: input.slot)
                } undo: { input, _ in
                    await machines.untilSettled()
                    try await machines.driver(input.machine).requirePulledOut(input.disk)
                    try await machines.driver(input.machine).remove(input.disk, leaving: input.disk)
                },
                TypedStep("plug it in") { input, _ in
                    await machines.untilSettled()
                    try await machines.driver(input.machine).plugIn(input.disk, at: input.slot)
                } undo: { input, context in
                    await machines.untilSettled()
                    try await machines.driver(input.machine).pullOut(
                        input.disk, at: input.slot, timeout: .seconds(10), context)
                },
            ]
        )
    }

    private static func detach(_ machines: VirtualMachines) -> OperationDefinition {
        let tools = machines.tools
        return OperationDefinition(
            kind: detachKind,
            input: Detach.self,
            recovery: .finish,
            resume: { tools.disks.resumeBusy($0.disk.id, "detached") },
            complete: { tools.disks.unmarkBusy($0.disk.id) },
            abandon: { input, _ in tools.disks.unmarkBusy(input.disk.id) },
            steps: [
                TypedStep("have the guest let go of it") { input, context in
                    await machines.untilSettled()
                    try await machines.driver(input.machine).pullOut(
                        input.disk, at: input.slot, timeout: .seconds(input.timeoutInSeconds), context)
                } undo: { input, _ in
                    await machines.untilSettled()
                    try await machines.driver(input.machine).plugIn(input.disk, at: input.slot)
                },
                TypedStep("move its file out of the machine's folder") { input, _ in
                    try VirtualMachineOperations.move(input.disk, to: input.after, tools)
                } undo: { input, _ in
                    try VirtualMachineOperations.move(input.after, to: input.disk, tools)
                },
                TypedStep("record it") { input, _ in
                    try await machines.driver(input.machine).remove(input.disk, leaving: input.after)
                } undo: { input, _ in
                    try await machines.driver(input.machine).add(input.disk, at: input.slot)
                },
                TypedStep("take back the promise") { input, _ in
                    try await machines.claims.release(input.disk.id, of: input.machine)
                } undo: { input, _ in
                    try await machines.claims.claim(input.disk.id, for: input.machine)
                },
            ]
        )
    }

    private static func resize(_ machines: VirtualMachines) -> OperationDefinition {
        let disks = machines.tools.disks
        return OperationDefinition(
            kind: resizeKind,
            input: Resize.self,
            recovery: .finish,
            resume: { disks.resumeBusy($0.disk.id, "resized") },
            complete: { disks.unmarkBusy($0.disk.id) },
            abandon: { input, _ in disks.unmarkBusy(input.disk.id) },
            steps: [
                TypedStep("resize it") { input, _ in
                    try await machines.setCapacity(of: input.disk, to: input.capacity)
                } undo: { input, _ in
                    try await machines.setCapacity(of: input.disk, to: input.disk.capacity)
                },
                TypedStep("record it") { input, _ in
                    var disk = disks.current(input.disk)
                    disk.capacity = input.capacity
                    try await disks.record(disk)
                } undo: { input, _ in
                    try await disks.record(disks.current(input.disk))
                },
            ]
        )
    }
}

extension Disks {
    /// Writes a disk's document, beside its file too, and tells everybody.
    func record(_ disk: Disk) async throws {
        try Sidecar.write(disk, layout: layout)
        try await store.put(disk)
        publish(disk)
    }
}
