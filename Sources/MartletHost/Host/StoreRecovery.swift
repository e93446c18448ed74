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

    private func replace(because error: MartletError) async throws(MartletError) -> (store: SQLiteStore, warnings: [String]) {
        let name = "\(layout.store).damaged-\(environment.now().milliseconds)"
        for suffix in ["", "-wal", "-shm"] {
            try FileEntry.renameIfPresent("\(layout.store)\(suffix)", to: "\(name)\(suffix)")
        }
        let store = try SQLiteStore(path: layout.store)
        var warnings = ["the store was damaged and was set aside as '\(name)': \(error); tokens and history are gone with it"]
        let (writes, problems) = try found()
        warnings += problems
        warnings.append("\(writes.count) machines and disks were taken back from their folders")
        if !writes.isEmpty { try await store.transaction(writes, durability: .powerLoss) }
        return (store, warnings)
    }

    private func found() throws(MartletError) -> (writes: [StoreWrite], problems: [String]) {
        var writes: [StoreWrite] = []
        var problems: [String] = []
        var diskFolders = [layout.disksFolder]
        for folder in try FileEntry.names(in: layout.machinesFolder).sorted() where !folder.hasPrefix(".") {
            let path = "\(layout.machinesFolder)/\(folder)"
            diskFolders.append("\(path)/disks")
            try add(VirtualMachineConfiguration.self, at: "\(path)/machine.json", &writes, &problems)
        }
        for folder in diskFolders {
            for file in try FileEntry.names(in: folder).sorted() where file.hasSuffix(".json") {
                try add(Disk.self, at: "\(folder)/\(file)", &writes, &problems)
            }
        }
        return (writes, problems)
    }

    private func add<D: StoredDocument>(
        _ type: D.Type, at path: String, _ writes: inout [StoreWrite], _ problems: inout [String]
    ) throws(MartletError) {
        let (document, problem) = Sidecar.read(D.self, at: path)
        if let document { writes.append(try .put(document)) }
        if let problem { problems.append(problem) }
    }
}
