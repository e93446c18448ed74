import CMartletLinux
import Glibc
import MartletLinux
import MartletModel

/// File systems frozen by their open folders, so that thawing needs no path to be looked up; FIFREEZE of ioctl_fs(2).
struct FrozenFileSystems: ~Copyable {
    private var held: [(point: String, folder: CInt)] = []
    /// Those that can't be frozen: read-only media and file systems that don't know how.
    private(set) var leftOut: [String] = []

    var points: [String] { held.map(\.point) }

    /// Freezes each, the one mounted last first, as a file system in a file of another has to be.
    ///
    /// - Throws: `inUse` when somebody else has frozen one; `ioFailed`. Then none is frozen by us.
    init(_ mounts: [Mount]) throws(MartletError) {
        for mount in mounts.reversed() where !mount.isReadOnly {
            let folder = open(mount.point, O_RDONLY | O_DIRECTORY | O_CLOEXEC)
            guard folder >= 0 else {
                leftOut.append(mount.point)
                continue
            }
            if martlet_freeze(folder) == 0 {
                held.append((mount.point, folder))
                continue
            }
            let reason = errno
            close(folder)
            switch reason {
            case EOPNOTSUPP, ENOTTY, EINVAL, EROFS: leftOut.append(mount.point)
            case EBUSY:
                _ = thaw()
                throw MartletError(
                    .inUse, "'\(mount.point)' is frozen by somebody else; thaw it with `fsfreeze --unfreeze`")
            default:
                _ = thaw()
                throw .system(reason, "freeze '\(mount.point)'")
            }
        }
    }

    /// Thaws all.
    ///
    /// - Returns: whether each was still frozen.
    mutating func thaw() -> Bool {
        var wereFrozen = true
        for (_, folder) in held.reversed() {
            if martlet_thaw(folder) != 0 { wereFrozen = false }
            close(folder)
        }
        held = []
        return wereFrozen
    }
}
