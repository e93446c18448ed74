import MartletLinux
import MartletModel
import MartletStore

/// The operations on disks that have no part in a machine: create and delete.
enum DiskOperations {
    static let createKind = "disk.create"
    static let deleteKind = "disk.delete"

    struct Create: Codable, Sendable {
        /// An image on the host.
        struct Source: Codable, Sendable {
            /// Absolute.
            var file: String
            var format: ImageFormat
        }

        /// Its capacity is zero until it is known what the source has.
        var disk: Disk
        var source: Source?

        init(disk: Disk, source: Source?) {
            self.disk = disk
            self.source = source
        }

        /// An operation that an earlier version began has the disk alone.
        init(from decoder: any Decoder) throws {
            let container = try decoder.container(keyedBy: CodingKeys.self)
            disk = try container.decodeIfPresent(Disk.self, forKey: .disk) ?? Disk(from: decoder)
            source = try container.decodeIfPresent(Source.self, forKey: .source)
        }
    }

    static func definitions(_ disks: Disks) -> [OperationDefinition] {
        [create(disks), delete(disks), convert(disks), export(disks)]
    }

    private static func create(_ disks: Disks) -> OperationDefinition {
        OperationDefinition(
            kind: createKind,
            input: Create.self,
            recovery: .finish,
            resume: { try disks.reserve($0.disk) },
            abandon: { input, _ in disks.forgetReservation(input.disk.id) },
            steps: [
                TypedStep("make its file") { input, context in
                    if let source = input.source {
                        try await disks.importImage(input.disk, of: source, context)
                    } else {
                        try await disks.makeImage(input.disk)
                    }
                } undo: { input, _ in
                    try disks.removeImage(input.disk)
                },
                TypedStep("record it") { input, _ in
                    let disk = input.source == nil ? input.disk : try await disks.measured(input.disk)
                    try Sidecar.write(disk, layout: disks.layout)
                    try await disks.store.put(disk)
                    disks.publish(disk)
                } undo: { input, _ in
                    try await disks.store.transaction(
                        [.delete(Disk.self, id: "\(input.disk.id)")], durability: .powerLoss)
                    disks.forget(input.disk.id)
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
