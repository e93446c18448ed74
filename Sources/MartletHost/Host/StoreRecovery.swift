import Logging
import MartletLinux
import MartletModel
import MartletStore

/// Opens the store; one that is damaged is set aside, and a new one is filled from what lies beside the machines' and disks' files.
struct StoreRecovery {
    let layout: RootLayout
    let environment: HostEnvironment
    let logger: Logger

    /// - Returns: the store, and what an administrator should know, a sentence each.
    /// - Throws: `storeFailed` when the store can't be reached at all; a store that can't be reached is never replaced.
    func open() async throws(MartletError) -> (store: SQLiteStore, warnings: [String]) {
        do {
            return (try SQLiteStore(path: layout.store), [])
        } catch {
            guard SQLiteStore.isDamaged(error) else { throw error }
            logger.error("the store is damaged", metadata: ["error": "\(error)"])
            return try await replace(because: error)
        }
    }

    private func replace(
        because error: MartletError
    ) async throws(MartletError) -> (store: SQLiteStore, warnings: [String]) {
        let name = "\(layout.store).damaged-\(environment.now().milliseconds)"
        for suffix in ["", "-wal", "-shm"] {
            try FileEntry.renameIfPresent("\(layout.store)\(suffix)", to: "\(name)\(suffix)")
        }
        let store = try SQLiteStore(path: layout.store)
        var warnings = [
            "the store was damaged and was set aside as '\(name)': \(error); tokens and history are gone with it"
        ]
        let (writes, problems) = try found()
        warnings += problems
        warnings.append("\(writes.count) machines, disks, images and switches were taken back from their folders")
        if !writes.isEmpty { try await store.transaction(writes, durability: .powerLoss) }
        return (store, warnings)
    }

    private func found() throws(MartletError) -> (writes: [StoreWrite], problems: [String]) {
        var finding = Finding()
        for file in try FileEntry.names(in: layout.switchesFolder).sorted() where file.hasSuffix(".json") {
            try finding.add(VirtualSwitch.self, at: "\(layout.switchesFolder)/\(file)") { "\($0.id).json" == file }
        }
        for file in try FileEntry.names(in: layout.imagesFolder).sorted() where file.hasSuffix(".json") {
            try finding.add(Image.self, at: "\(layout.imagesFolder)/\(file)") { $0.relativeSidecar == "images/\(file)" }
        }
        for file in try FileEntry.names(in: layout.poolsFolder).sorted() where file.hasSuffix(".json") {
            try finding.add(Pool.self, at: "\(layout.poolsFolder)/\(file)") { "\($0.id).json" == file }
        }
        var diskFolders = ["disks"] + Sidecar.pools(layout).map { "\($0.path)/disks" }
        for name in try FileEntry.names(in: layout.machinesFolder).sorted() where !name.hasPrefix(".") {
            diskFolders.append("machines/\(name)/disks")
            try finding.add(VirtualMachineConfiguration.self, at: "\(layout.machinesFolder)/\(name)/machine.json") {
                $0.folder == "machines/\(name)"
            }
            let checkpoints = "\(layout.machinesFolder)/\(name)/checkpoints"
            for folder in try FileEntry.names(in: checkpoints).sorted()
            where FileEntry.exists("\(checkpoints)/\(folder)/checkpoint.json") {
                try finding.add(Checkpoint.self, at: "\(checkpoints)/\(folder)/checkpoint.json") {
                    $0.configuration.folder == "machines/\(name)" && "\($0.id)" == folder
                }
            }
        }
        for folder in diskFolders {
            for file in try FileEntry.names(in: layout.absolute(folder)).sorted() where file.hasSuffix(".json") {
                try finding.add(Disk.self, at: "\(layout.absolute(folder))/\(file)") {
                    $0.relativeSidecar == "\(folder)/\(file)"
                }
            }
        }
        return (finding.writes, finding.problems)
    }

    /// What was found so far.
    private struct Finding {
        var writes: [StoreWrite] = []
        var problems: [String] = []

        /// Takes a document that says of itself what its place says of it; paths from any other are never followed.
        mutating func add<D: StoredDocument>(
            _ type: D.Type, at path: String, belongs: (D) -> Bool
        ) throws(MartletError) {
            let (document, problem) = Sidecar.read(D.self, at: path)
            if let problem { problems.append(problem) }
            guard let document else { return }
            if belongs(document) {
                writes.append(try .put(document))
            } else {
                problems.append("'\(path)' is about something else than what it lies beside, and was left alone")
            }
        }
    }
}
