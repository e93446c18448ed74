import Glibc
import MartletModel

/// Removes a tree by descriptors, so that nobody can swap a folder for a link between a look and a step.
enum TreeRemoval {
    static func remove(_ name: String, in parent: Int32, shown: String) throws(MartletError) {
        if unlinkat(parent, name, 0) == 0 || errno == ENOENT { return }
        // A folder is EISDIR on Linux, EPERM where POSIX was followed to the letter.
        guard errno == EISDIR || errno == EPERM else { throw .system(errno, "remove '\(shown)'") }
        let refusal = errno
        let number = openat(parent, name, O_RDONLY | O_DIRECTORY | O_NOFOLLOW | O_CLOEXEC)
        if number < 0 { throw .system(refusal == EPERM ? refusal : errno, "remove '\(shown)'") }
        let folder = OwnedDescriptor(number)
        for entry in try FolderStream(folder, shown: shown).names() {
            try remove(entry, in: folder.number, shown: "\(shown)/\(entry)")
        }
        if unlinkat(parent, name, AT_REMOVEDIR) != 0 && errno != ENOENT { throw .system(errno, "remove '\(shown)'") }
    }
}
