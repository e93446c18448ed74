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
        for entry in try entries(of: folder, shown: shown) {
            try remove(entry, in: folder.number, shown: "\(shown)/\(entry)")
        }
        if unlinkat(parent, name, AT_REMOVEDIR) != 0 && errno != ENOENT { throw .system(errno, "remove '\(shown)'") }
    }

    /// All names are read before the first is removed: what readdir shows of a folder that changes meanwhile is unspecified.
    private static func entries(of folder: borrowing OwnedDescriptor, shown: String) throws(MartletError) -> [String] {
        let copy = try OwnedDescriptor.duplicate(folder.number, lowest: 3).release()
        guard let stream = fdopendir(copy) else {
            close(copy)
            throw .system(errno, "read the folder '\(shown)'")
        }
        defer { closedir(stream) }
        var names: [String] = []
        while let entry = readdir(stream) {
            let name = withUnsafePointer(to: &entry.pointee.d_name) { pointer in
                pointer.withMemoryRebound(to: CChar.self, capacity: 256) { String(cString: $0) }
            }
            if name != "." && name != ".." { names.append(name) }
        }
        return names
    }
}
