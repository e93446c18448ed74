import MartletLinux
import MartletModel
import MartletQEMU
import MartletStore

/// The operations on checkpoints.
///
/// **No write is ever lost between two records.** A disk's overlay is recorded before the first write goes there: empty, it reads as what is
/// below it. And a file that QEMU has merged and goes on with is recorded while the guest stands still. So whatever dies when, what the
/// records say is what the guest last wrote.
enum CheckpointOperations {
    static let createKind = "checkpoint.create"
    static let applyKind = "checkpoint.apply"
    static let deleteKind = "checkpoint.delete"
    static let mergeKind = "checkpoint.merge"
    static let exportKind = "checkpoint.export"

    static func definitions(_ machines: VirtualMachines) -> [OperationDefinition] {
        [create(machines), apply(machines), delete(machines), merge(machines), export(machines)]
    }
}

extension VirtualMachines {
    /// A machine's driver, once a new daemon has found out whether it has a QEMU.
    func settledDriver(_ id: ID<VirtualMachine>) async throws(MartletError) -> VirtualMachineDriver {
        await untilSettled()
        return try driver(id)
    }

    /// An unfinished operation takes a machine's disks in hand again.
    func resumeLayerWork(_ id: ID<VirtualMachine>, _ work: VirtualMachineDriver.LayerWork) async throws(MartletError) {
        try await driver(id).resumeLayerWork(work)
    }

    func endLayerWork(_ id: ID<VirtualMachine>) async { await (try? driver(id))?.endLayerWork() }
}
