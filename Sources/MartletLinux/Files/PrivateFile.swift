import CMartletLinux
import Glibc
package import MartletModel

/// Files with secrets: ours alone, and not believed when they aren't.
package enum PrivateFile {
    /// The file's bytes.
    ///
    /// - Throws: `notFound`; `forbidden` for a file that others may read or write, that is another's or that a link leads to;
    ///   `tooLarge`; `ioFailed`.
    package static func read(_ path: String, limit: Int = 64 << 10) throws(MartletError) -> [UInt8] {
        var status = stat()
        if lstat(path, &status) != 0 { throw .system(errno, "read '\(path)'") }
        guard status.st_mode & S_IFMT == S_IFREG, status.st_uid == geteuid() else {
            throw MartletError(.forbidden, "'\(path)' isn't a file of yours; look who put it there, and remove it")
        }
        guard status.st_mode & 0o077 == 0 else {
            throw MartletError(
                .forbidden, "'\(path)' holds a secret and is open to others; `chmod 600` it, and change the secret")
        }
        return try BoundedFile.read(path, limit: limit)
    }

    /// Writes it whole, with mode 0600; the folders above it that aren't there are made with mode 0700.
    ///
    /// - Throws: as `AtomicFile.write` and `Folder.make`.
    package static func write(_ bytes: [UInt8], to path: String) throws(MartletError) {
        try makeFolder(FilePathParts(path).folder)
        try AtomicFile.write(bytes, to: path, mode: 0o600)
    }

    /// Removes it; one that isn't there is removed already.
    ///
    /// - Throws: `forbidden`, `ioFailed`.
    package static func remove(_ path: String) throws(MartletError) {
        if unlink(path) != 0, errno != ENOENT { throw .system(errno, "remove '\(path)'") }
    }

    private static func makeFolder(_ path: String) throws(MartletError) {
        if path == "/" || path == "." || FileEntry.exists(path) { return }
        try makeFolder(FilePathParts(path).folder)
        try Folder.make(path, mode: 0o700)
    }
}
