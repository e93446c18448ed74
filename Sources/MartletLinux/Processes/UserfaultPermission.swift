import Glibc
package import MartletModel

/// The kernel's leave to watch one's own memory from outside (userfaultfd), which a checkpoint of a running guest needs.
///
/// Linux gives it to root alone (`vm.unprivileged_userfaultfd` 0), since it makes some faults of the kernel easier to use, and QEMU 7.2 asks
/// for it in its own name, as a user without privileges. So it is lent to all for the moment in which QEMU makes its descriptor, and taken
/// back when this object is let go. A lock on the setting's own file makes those who lend take turns, in whatever process they are.
package final class UserfaultPermission: Sendable {
    private static let setting = "/proc/sys/vm/unprivileged_userfaultfd"

    private let file: OwnedDescriptor
    private let mark: String
    private let isLent: Bool

    /// Lends it. Where it is everybody's anyway, nothing is changed.
    ///
    /// - Parameter mark: a file that tells a later daemon that it was lent, should this one die.
    /// - Throws: `inUse` when somebody else lends it just now; `notFound`, `forbidden` where we may not.
    package init(mark: String) throws(MartletError) {
        file = try OwnedDescriptor.open(Self.setting, O_RDWR)
        self.mark = mark
        if flock(file.number, LOCK_EX | LOCK_NB) != 0 {
            throw MartletError(.inUse, "another checkpoint is being begun on this host")
        }
        var value: [UInt8] = [0]
        isLent = pread(file.number, &value, 1, 0) == 1 && value[0] == UInt8(ascii: "0")
        guard isLent else { return }
        try AtomicFile.write([], to: mark, mode: 0o600)
        if pwrite(file.number, "1\n", 2, 0) != 2 { throw .system(errno, "set '\(Self.setting)'") }
    }

    deinit {
        guard isLent else { return }
        _ = pwrite(file.number, "0\n", 2, 0)
        unlink(mark)
    }

    /// Takes back what a daemon that died had lent.
    package static func takeBack(mark: String) {
        guard FileEntry.exists(mark) else { return }
        if let file = try? OwnedDescriptor.open(setting, O_RDWR), flock(file.number, LOCK_EX) == 0 {
            _ = pwrite(file.number, "0\n", 2, 0)
        }
        unlink(mark)
    }
}
