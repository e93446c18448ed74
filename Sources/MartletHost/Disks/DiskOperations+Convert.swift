import MartletLinux
import MartletModel
import MartletStore

extension DiskOperations {
    static let convertKind = "disk.convert"
    static let exportKind = "disk.export"

    /// A disk in another format: a new one beside it, or itself.
    struct Convert: Codable, Sendable {
        var source: Disk
        /// With the source's id when it is the source itself that changes.
        var target: Disk
        var isInPlace: Bool { source.id == target.id }
    }

    static func convert(_ disks: Disks) -> OperationDefinition {
        OperationDefinition(
            kind: convertKind,
            input: Convert.self,
            recovery: .finish,
            resume: { input in
                disks.resumeBusy(input.source.id, "converted")
                if !input.isInPlace { try disks.reserve(input.target) }
            },
            complete: { disks.unmarkBusy($0.source.id) },
            abandon: { input, _ in
                disks.unmarkBusy(input.source.id)
                if !input.isInPlace { disks.forgetReservation(input.target.id) }
            },
            steps: [
                TypedStep("make the new file") { input, context in
                    try await disks.convertImage(input.source, to: input.target, context)
                } undo: { input, _ in
                    try disks.removeImage(input.target)
                },
                TypedStep("record it") { input, _ in
                    let disk = disks.current(input.target)
                    try Sidecar.write(disk, layout: disks.layout)
                    try await disks.store.put(disk)
                    disks.publish(disk)
                } undo: { input, _ in
                    if input.isInPlace {
                        try await disks.store.put(input.source)
                        disks.publish(input.source)
                    } else {
                        try await disks.store.transaction(
                            [.delete(Disk.self, id: "\(input.target.id)")], durability: .powerLoss)
                        disks.forget(input.target.id)
                    }
                },
                TypedStep("let go of the old one", isPointOfNoReturn: true) { input, _ in
                    if input.isInPlace { try disks.removeImage(input.source) }
                },
            ]
        )
    }

    /// A copy of a disk in a file outside the host's pools.
    struct Export: Codable, Sendable {
        var disk: Disk
        /// Absolute.
        var file: String
        var format: Disk.Format

        /// Where the copy is made, so that nobody else's file is ever taken for ours.
        var folder: String {
            let parts = FilePathParts(file)
            return "\(parts.folder == "/" ? "" : parts.folder)/.\(parts.name).\(disk.id.short).new"
        }

        /// The whole copy before it has its name.
        var unnamed: String { "\(folder)/\(FilePathParts(file).name)" }
    }

    static func export(_ disks: Disks) -> OperationDefinition {
        OperationDefinition(
            kind: exportKind,
            input: Export.self,
            recovery: .finish,
            resume: { disks.resumeBusy($0.disk.id, "exported") },
            complete: { disks.unmarkBusy($0.disk.id) },
            abandon: { input, _ in disks.unmarkBusy(input.disk.id) },
            steps: [
                TypedStep("write the copy") { input, context in
                    try await disks.exportImage(input, context)
                } undo: { input, _ in
                    try Folder.removeTree(input.folder)
                },
                TypedStep("give it its name") { input, _ in
                    try FileEntry.link(input.unnamed, to: input.file)
                } undo: { input, _ in
                    try FileEntry.unlink(input.file, ifSameAs: input.unnamed)
                },
                TypedStep("remove the folder that it was made in", isPointOfNoReturn: true) { input, _ in
                    try Folder.removeTree(input.folder)
                },
            ]
        )
    }
}
