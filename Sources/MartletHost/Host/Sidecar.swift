import FoundationEssentials
import MartletLinux
import MartletModel
import MartletStore

/// The documents of machines, disks, images and switches, kept once more beside their files: a lost store loses no machine.
enum Sidecar {
    private struct Contents<D: StoredDocument>: Codable {
        var schemaVersion: Int
        var document: D
    }

    static func write(_ configuration: VirtualMachineConfiguration, layout: RootLayout) throws(MartletError) {
        try write(configuration, to: layout.absolute(configuration.relativeSidecar))
    }

    static func write(_ disk: Disk, layout: RootLayout) throws(MartletError) {
        try write(disk, to: layout.absolute(disk.relativeSidecar))
    }

    static func write(_ checkpoint: Checkpoint, layout: RootLayout) throws(MartletError) {
        try write(checkpoint, to: CheckpointFiles(checkpoint, layout: layout).document)
    }

    static func write(_ image: Image, layout: RootLayout) throws(MartletError) {
        try write(image, to: layout.absolute(image.relativeSidecar))
    }

    static func write(_ virtualSwitch: VirtualSwitch, layout: RootLayout) throws(MartletError) {
        try write(virtualSwitch, to: path(of: virtualSwitch, layout: layout))
    }

    static func path(of virtualSwitch: VirtualSwitch, layout: RootLayout) -> String {
        "\(layout.switchesFolder)/\(virtualSwitch.id).json"
    }

    static func write(_ pool: Pool, layout: RootLayout) throws(MartletError) {
        try write(pool, to: "\(layout.poolsFolder)/\(pool.id).json")
    }

    /// Writes a document to a place of its own.
    ///
    /// In place of one that is there, it may be the older one again after a power loss: the store isn't, and it is asked first.
    static func write<D: StoredDocument>(_ document: D, to path: String) throws(MartletError) {
        let encoder = JSONEncoder()
        encoder.outputFormatting = [.prettyPrinted, .sortedKeys, .withoutEscapingSlashes]
        do {
            let data = try encoder.encode(Contents(schemaVersion: D.schemaVersion, document: document))
            try AtomicFile.write([UInt8](data), to: path, mode: 0o600, isLasting: !FileEntry.exists(path))
        } catch {
            throw error as? MartletError ?? MartletError(.internal, "'\(path)' can't be encoded", cause: error)
        }
    }

    /// The pools that are known beside the store.
    static func pools(_ layout: RootLayout) -> [Pool] {
        let files = ((try? FileEntry.names(in: layout.poolsFolder)) ?? []).sorted()
        return files.filter { $0.hasSuffix(".json") }.compactMap {
            read(Pool.self, at: "\(layout.poolsFolder)/\($0)").document
        }
    }

    /// Reads a file that `write` made; nil and a sentence for one that can't be read.
    static func read<D: StoredDocument>(_ type: D.Type, at path: String) -> (document: D?, problem: String?) {
        do {
            let contents = try JSONDecoder().decode(Contents<D>.self, from: Data(try BoundedFile.read(path)))
            guard contents.schemaVersion <= D.schemaVersion else {
                return (nil, "'\(path)' has schema version \(contents.schemaVersion), newer than this martletd knows")
            }
            return (contents.document, nil)
        } catch {
            return (nil, "'\(path)' can't be read: \(error)")
        }
    }
}
