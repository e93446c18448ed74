import Glibc
import MartletModel

/// Reads the names in a folder, `.` and `..` apart.
struct FolderStream: ~Copyable {
    private let stream: OpaquePointer

    /// nil when the folder can't be opened, with the reason in `errno`.
    init?(path: String) {
        guard let stream = opendir(path) else { return nil }
        self.stream = stream
    }

    /// Reads an open folder, which stays the caller's.
    ///
    /// - Throws: by errno's table, naming `shown`.
    init(_ folder: borrowing OwnedDescriptor, shown: String) throws(MartletError) {
        let copy = try OwnedDescriptor.duplicate(folder.number, lowest: 3).release()
        guard let stream = fdopendir(copy) else {
            let failure = errno
            close(copy)
            throw .system(failure, "read the folder '\(shown)'")
        }
        self.stream = stream
    }

    deinit { closedir(stream) }

    /// All names at once: what the kernel shows of a folder that changes while it is read is unspecified.
    consuming func names() -> [String] {
        var names: [String] = []
        while let entry = readdir(stream) {
            // The kernel ends the name with a NUL within these 256 bytes.
            let name = withUnsafeBytes(of: &entry.pointee.d_name) { bytes in
                String(decoding: bytes.prefix { $0 != 0 }, as: UTF8.self)
            }
            if name != "." && name != ".." { names.append(name) }
        }
        return names
    }
}
