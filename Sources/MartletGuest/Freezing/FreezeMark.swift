import CMartletLinux
import Glibc
import Logging
import MartletLinux
import MartletModel

/// A file in memory that is there while file systems may be held frozen: whoever finds it with nobody who holds them thaws them all.
struct FreezeMark: Sendable {
    let path: String
    let logger: Logger

    /// - Throws: `forbidden`, `ioFailed`; nothing may be frozen then.
    func make() throws(MartletError) { try AtomicFile.write([], to: path, mode: 0o600) }

    /// Thaws what was left frozen, and removes the mark. What isn't frozen isn't touched.
    func settle() {
        guard FileEntry.exists(path) else { return }
        for mount in Mount.onDisks() {
            let folder = open(mount.point, O_RDONLY | O_DIRECTORY | O_CLOEXEC)
            guard folder >= 0 else { continue }
            defer { close(folder) }
            if martlet_thaw(folder) == 0 {
                logger.warning("a file system was left frozen and is thawed", metadata: ["mount": "\(mount.point)"])
            }
        }
        unlink(path)
    }
}
