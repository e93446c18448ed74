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

    /// What a file takes of its file system, in bytes; nil when it isn't there.
    package static func allocated(_ path: String) -> ByteCount? {
        var status = stat()
        guard lstat(path, &status) == 0 else { return nil }
        return ByteCount(bytes: Int64(status.st_blocks) * 512)
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

    /// Gives a file one more name, durably; it is no failure if the file has it already.
    ///
    /// - Throws: `alreadyExists` when another file has the name; `notFound`, `forbidden`, `insufficientSpace`, `ioFailed`.
    package static func link(_ path: String, to target: String) throws(MartletError) {
        if Glibc.link(path, target) != 0 {
            let number = errno
            guard number == EEXIST, isSame(path, target) else { throw .system(number, "make '\(target)'") }
        }
        try Folder.synchronize(FilePathParts(target).folder)
    }

    /// Takes a name from a file that another name leads to as well; any other file keeps it.
    ///
    /// - Throws: `forbidden`, `ioFailed`.
    package static func unlink(_ path: String, ifSameAs other: String) throws(MartletError) {
        guard isSame(path, other) else { return }
        if Glibc.unlink(path) != 0, errno != ENOENT { throw .system(errno, "remove '\(path)'") }
    }

    /// Whether two names lead to one file.
    package static func isSame(_ one: String, _ two: String) -> Bool {
        var (first, second) = (stat(), stat())
        return lstat(one, &first) == 0 && lstat(two, &second) == 0 && first.st_ino == second.st_ino
            && first.st_dev == second.st_dev
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
