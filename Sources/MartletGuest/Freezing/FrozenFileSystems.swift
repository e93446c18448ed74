import CMartletLinux
import Glibc
import MartletLinux
import MartletModel
import Synchronization

/// File systems that are frozen one after the other and thawed together, by their open folders, so that thawing needs no path to be
/// looked up; FIFREEZE of ioctl_fs(2).
///
/// One thread freezes and another may thaw at any time, also while the first stands in the middle of a freeze: a disk that takes for
/// ever to freeze keeps no other frozen. What the first freezes after that it thaws at once.
final class FrozenFileSystems: Sendable {
    /// How one is frozen and thawed, by its folder's descriptor; 0 or the error's number.
    struct Calls: Sendable {
        var freeze: @Sendable (CInt) -> CInt = { martlet_freeze($0) == 0 ? 0 : errno }
        var thaw: @Sendable (CInt) -> CInt = { martlet_thaw($0) == 0 ? 0 : errno }
    }

    private struct Folder: Sendable {
        var point: String
        var number: CInt
    }

    private struct State: Sendable {
        var held: [Folder] = []
        var leftOut: [String] = []
        var isOver = false
    }

    private let folders: [Folder]
    private let calls: Calls
    private let state: Mutex<State>

    /// Opens each, the one mounted last first: so it has to be frozen when it is in a file of another.
    init(_ mounts: [Mount], calls: Calls = Calls()) {
        var folders: [Folder] = []
        var state = State()
        for mount in mounts.reversed() where !mount.isReadOnly {
            let number = open(mount.point, O_RDONLY | O_DIRECTORY | O_CLOEXEC)
            if number >= 0 {
                folders.append(Folder(point: mount.point, number: number))
            } else {
                state.leftOut.append(mount.point)
            }
        }
        self.folders = folders
        self.calls = calls
        self.state = Mutex(state)
    }

    deinit { for folder in folders { close(folder.number) } }

    var points: [String] { state.withLock { $0.held.map(\.point) } }
    /// Those that can't be frozen: file systems that don't know how.
    var leftOut: [String] { state.withLock { $0.leftOut } }

    /// Writes back what programs have written until now, while they still can write: what is left to write while frozen is little.
    func flush() {
        for folder in folders { _ = martlet_sync_file_system(folder.number) }
    }

    /// Freezes each.
    ///
    /// - Throws: `inUse` when somebody else has frozen one; `timedOut` when all were thawed meanwhile; `ioFailed`. Then none is
    ///   frozen by us.
    func freeze() throws(MartletError) {
        for folder in folders {
            let reason = calls.freeze(folder.number)
            let isOver = state.withLock { state in
                switch reason {
                case 0 where state.isOver: _ = calls.thaw(folder.number)
                case 0: state.held.append(folder)
                case EOPNOTSUPP, ENOTTY, EINVAL, EROFS: state.leftOut.append(folder.point)
                default: break
                }
                return state.isOver
            }
            if isOver { throw MartletError(.timedOut, "'\(folder.point)' could not be frozen within the limit") }
            switch reason {
            case 0, EOPNOTSUPP, ENOTTY, EINVAL, EROFS: continue
            case EBUSY:
                thaw()
                throw MartletError(
                    .inUse, "'\(folder.point)' is frozen by somebody else; thaw it with `fsfreeze --unfreeze`")
            default:
                thaw()
                throw .system(reason, "freeze '\(folder.point)'")
            }
        }
    }

    /// Thaws all, and has what is frozen from now on thawed at once.
    ///
    /// - Returns: whether each of those that were frozen still was.
    @discardableResult
    func thaw() -> Bool {
        state.withLock { state in
            state.isOver = true
            var wereFrozen = true
            for folder in state.held.reversed() where calls.thaw(folder.number) != 0 { wereFrozen = false }
            state.held = []
            return wereFrozen
        }
    }
}
