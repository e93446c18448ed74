import Logging
import MartletLinux
import MartletModel

/// Removes what a killed daemon was writing: files are written under a name `.….new` first, and nothing else has such a name.
///
/// To be called before anything else writes below the root, by the one daemon that holds it.
struct AbandonedFiles {
    let layout: RootLayout
    let logger: Logger

    /// - Throws: `forbidden`, `ioFailed`.
    func remove() throws(MartletError) {
        for folder in try folders() {
            for name in try FileEntry.names(in: folder) where name.hasPrefix(".") && name.hasSuffix(".new") {
                logger.notice("removing a file that was never finished", metadata: ["path": "\(folder)/\(name)"])
                try Folder.removeTree("\(folder)/\(name)")
            }
        }
    }

    private func folders() throws(MartletError) -> [String] {
        let machines = try FileEntry.names(in: layout.machinesFolder).map { "\(layout.machinesFolder)/\($0)" }
        let pools = Sidecar.pools(layout).map { "\($0.path)/disks" }
        return [layout.disksFolder, layout.imagesFolder, layout.poolsFolder] + pools + machines
            + machines.map { "\($0)/disks" }
    }
}
