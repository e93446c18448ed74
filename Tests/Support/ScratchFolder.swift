import Glibc
import MartletLinux
import MartletModel

/// A folder of one test's own, short enough for sockets; removed when the test lets it go.
package final class ScratchFolder: Sendable {
    package let path: String

    /// - Throws: `ioFailed` when it can't be made.
    package init() throws {
        path = "/tmp/mlt-\(try SecureRandom.hex(byteCount: 5))"
        try Folder.make(path, mode: 0o755)
    }

    deinit {
        try? Folder.removeTree(path)
        // What a host wrote outside its root for a test.
        let parts = FilePathParts(path)
        for name in (try? FileEntry.names(in: parts.folder)) ?? [] where name.hasPrefix("\(parts.name).outside-") {
            try? Folder.removeTree("\(parts.folder)/\(name)")
        }
    }

    /// Every file and folder below, relative, sorted.
    package func tree() throws -> [String] { try Self.tree(path, prefix: "").sorted() }

    private static func tree(_ path: String, prefix: String) throws -> [String] {
        try FileEntry.names(in: path).flatMap { name -> [String] in
            let relative = prefix.isEmpty ? name : "\(prefix)/\(name)"
            var status = stat()
            guard lstat("\(path)/\(name)", &status) == 0, status.st_mode & S_IFMT == S_IFDIR else { return [relative] }
            return try [relative] + tree("\(path)/\(name)", prefix: relative)
        }
    }
}
