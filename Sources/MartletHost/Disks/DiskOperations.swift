import MartletLinux
import MartletModel
import MartletStore

/// The operations on disks: create and delete.
enum DiskOperations {
    static let createKind = "disk.create"
    static let deleteKind = "disk.delete"

    static func definitions(_ disks: Disks) -> [OperationDefinition] { [create(disks), delete(disks)] }

    private static func create(_ disks: Disks) -> OperationDefinition {
        OperationDefinition(
            kind: createKind,
            input: Disk.self,
            recovery: .finish,
            resume: { try disks.reserve(name: $0.name, for: $0.id) },
            abandon: { disk, _ in disks.forgetReservation(disk.id) },
            steps: [
                TypedStep("make its file") { disk, _ in
                    try await disks.makeImage(disk)
                } undo: { disk, _ in
                    try disks.removeImage(disk)
                },
                TypedStep("record it") { disk, _ in
                    try await disks.store.put(disk)
                    disks.publish(disk)
                } undo: { disk, _ in
                    try await disks.store.transaction([.delete(Disk.self, id: "\(disk.id)")], durability: .powerLoss)
                    disks.forget(disk.id)
                },
            ]
        )
    }

    private static func delete(_ disks: Disks) -> OperationDefinition {
        OperationDefinition(
            kind: deleteKind,
            input: Disk.self,
            recovery: .finish,
            // When only the file is left to remove, the disk is not known any more.
            resume: { try? disks.markLeaving($0.id) },
            abandon: { disk, _ in disks.unmarkLeaving(disk.id) },
            steps: [
                TypedStep("forget it") { disk, _ in
                    // A machine that took the disk a moment ago keeps it.
                    if let machine = disks.holder(of: disk.id) {
                        throw MartletError(.inUse, "the disk '\(disk.name)' belongs to machine \(machine) now")
                    }
                    try await disks.store.transaction([.delete(Disk.self, id: "\(disk.id)")], durability: .powerLoss)
                    disks.forget(disk.id)
                } undo: { disk, _ in
                    try await disks.store.put(disk)
                    disks.publish(disk)
                },
                TypedStep("remove its file", isPointOfNoReturn: true) { disk, _ in
                    try disks.removeImage(disk)
                },
            ]
        )
    }
}
