import Glibc
package import MartletModel

/// What is at a path, and moving it. All of it blocks on the disk.
package enum FileEntry {
    /// Whether there is anything at the path, a dangling link included.
    package static func exists(_ path: String) -> Bool {
        var status = stat()
        return lstat(path, &status) == 0
    }

    /// Whether the path leads to a regular file that we may read.
    package static func isReadableFile(_ path: String) -> Bool {
        var status = stat()
        return stat(path, &status) == 0 && status.st_mode & S_IFMT == S_IFREG && access(path, R_OK) == 0
    }

    /// The path without links and dots, as the kernel shows it; itself when it leads nowhere.
    package static func canonical(_ path: String) -> String {
        guard let resolved = realpath(path, nil) else { return path }
        defer { free(resolved) }
        return String(cString: resolved)
    }

    /// Moves a file or a folder within its file system, durably; replaces a file at the target. What isn't there is done already.
    ///
    /// - Throws: `forbidden`, `insufficientSpace`, `ioFailed`; nothing was moved then.
    package static func renameIfPresent(_ path: String, to target: String) throws(MartletError) {
        if rename(path, target) != 0 {
            if errno == ENOENT && !exists(path) { return }
            throw .system(errno, "move '\(path)' to '\(target)'")
        }
        try Folder.synchronize(FilePathParts(target).folder)
    }

    /// - Throws: `notFound`, `forbidden`, `ioFailed`.
    package static func setOwner(_ owner: FileOwner, of path: String) throws(MartletError) {
        if lchown(path, owner.userID, owner.groupID) != 0 { throw .system(errno, "give '\(path)' its owner") }
    }

    /// - Throws: `notFound`, `forbidden`, `ioFailed`.
    package static func setMode(_ mode: UInt32, of path: String) throws(MartletError) {
        if chmod(path, mode) != 0 { throw .system(errno, "give '\(path)' its mode") }
    }

    /// How long a file is.
    ///
    /// - Throws: `notFound`, `forbidden`, `ioFailed`.
    package static func size(_ path: String) throws(MartletError) -> ByteCount {
        var status = stat()
        if stat(path, &status) != 0 { throw .system(errno, "look at '\(path)'") }
        return ByteCount(bytes: Int64(status.st_size))
    }

    /// What a file takes on the disk, which is less than its length when it has holes.
    ///
    /// - Throws: `notFound`, `forbidden`, `ioFailed`.
    package static func allocatedSize(_ path: String) throws(MartletError) -> ByteCount {
        var status = stat()
        if stat(path, &status) != 0 { throw .system(errno, "look at '\(path)'") }
        return ByteCount(bytes: Int64(status.st_blocks) * 512)
    }

    /// The names in a folder, in no order; none when it isn't there.
    ///
    /// - Throws: `forbidden`, `ioFailed`.
    package static func names(in path: String) throws(MartletError) -> [String] {
        guard let folder = FolderStream(path: path) else {
            if errno == ENOENT { return [] }
            throw .system(errno, "list the folder '\(path)'")
        }
        return folder.names()
    }
}
