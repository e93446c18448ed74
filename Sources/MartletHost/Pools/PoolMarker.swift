import FoundationEssentials
import MartletLinux
import MartletModel

/// The file in a pool's folder that says which pool it is.
struct PoolMarker: Codable, Hashable {
    static let name = ".martlet-pool.json"
    private static let newestVersion = 1

    var schemaVersion = newestVersion
    var id: ID<Pool>
    /// Whose it is.
    var host: ID<Host>
    /// What it was called when it was made; for people.
    var name: String

    init(id: ID<Pool>, host: ID<Host>, name: String) {
        self.id = id
        self.host = host
        self.name = name
    }

    /// Blocks on the disk.
    ///
    /// - Returns: nil when there is none.
    /// - Throws: `ioFailed`, `forbidden`; `invalidArgument` for one that can't be read as one.
    static func read(in folder: String) throws(MartletError) -> PoolMarker? {
        let path = "\(folder)/\(name)"
        guard FileEntry.exists(path) else { return nil }
        let bytes = try BoundedFile.read(path, limit: 1 << 16)
        do {
            let marker = try JSONDecoder().decode(PoolMarker.self, from: Data(bytes))
            guard marker.schemaVersion <= newestVersion else {
                throw MartletError(
                    .invalidArgument,
                    "'\(path)' has schema version \(marker.schemaVersion), newer than this martletd knows")
            }
            return marker
        } catch {
            throw error as? MartletError
                ?? MartletError(.invalidArgument, "'\(path)' can't be read as a pool's marker", cause: error)
        }
    }

    func write(to folder: String) throws(MartletError) {
        let encoder = JSONEncoder()
        encoder.outputFormatting = [.prettyPrinted, .sortedKeys]
        do {
            let data = try encoder.encode(self)
            try AtomicFile.write([UInt8](data), to: "\(folder)/\(Self.name)", mode: 0o600)
        } catch {
            throw error as? MartletError ?? MartletError(.internal, "a pool's marker can't be encoded", cause: error)
        }
    }

    static func remove(from folder: String) throws(MartletError) { try Folder.removeTree("\(folder)/\(name)") }
}
