import Glibc
package import MartletModel

/// Makes, removes and measures folders. All of it blocks on the disk.
package enum Folder {
    /// Makes a folder with a mode and an owner, and puts it on the disk; one that is there gets the mode and the owner.
    ///
    /// It is never open wider than `mode`. The parent must exist.
    /// - Throws: `alreadyExists` when there is something else than a folder; `notFound`, `forbidden`, `insufficientSpace`, `ioFailed`.
    package static func make(_ path: String, mode: UInt32, owner: FileOwner? = nil) throws(MartletError) {
        let isNew = mkdir(path, 0o700) == 0
        if !isNew && errno != EEXIST { throw .system(errno, "make the folder '\(path)'") }
        let number = open(path, O_RDONLY | O_DIRECTORY | O_NOFOLLOW | O_CLOEXEC)
        if number < 0 {
            guard errno == ENOTDIR || errno == ELOOP else { throw .system(errno, "open the folder '\(path)'") }
            throw MartletError(.alreadyExists, "'\(path)' is not a folder; move it away")
        }
        let folder = OwnedDescriptor(number)
        if let owner, fchown(folder.number, owner.userID, owner.groupID) != 0 {
            throw .system(errno, "give the folder '\(path)' its owner")
        }
        if fchmod(folder.number, mode) != 0 { throw .system(errno, "give the folder '\(path)' its mode") }
        if isNew { try synchronize(FilePathParts(path).folder) }
    }

    /// Removes a file, or a folder with all in it; symbolic links are removed, never followed. What isn't there is done already.
    ///
    /// - Throws: `invalidArgument` for an empty path or the root of the file system; `forbidden`, `ioFailed`. What was removed until
    ///   then stays removed; the same call goes on from there.
    package static func removeTree(_ path: String) throws(MartletError) {
        let parts = FilePathParts(path)
        guard !["", ".", ".."].contains(parts.name) else {
            throw MartletError(.invalidArgument, "'\(path)' can't be removed; name a file or a folder")
        }
        let parent = open(parts.folder, O_RDONLY | O_DIRECTORY | O_CLOEXEC)
        if parent < 0 && errno == ENOENT { return }
        if parent < 0 { throw .system(errno, "open the folder '\(parts.folder)'") }
        let owned = OwnedDescriptor(parent)
        try TreeRemoval.remove(parts.name, in: owned.number, shown: path)
        if fsync(owned.number) != 0 { throw .system(errno, "write the folder '\(parts.folder)'") }
    }

    /// What an unprivileged user may still write to the file system of `path`.
    ///
    /// - Throws: `notFound`, `forbidden`, `ioFailed`.
    package static func freeSpace(_ path: String) throws(MartletError) -> ByteCount { try space(path).free }

    /// The size of the file system of `path`, and what an unprivileged user may still write to it.
    ///
    /// - Throws: `notFound`, `forbidden`, `ioFailed`.
    package static func space(_ path: String) throws(MartletError) -> (total: ByteCount, free: ByteCount) {
        var status = statvfs()
        if statvfs(path, &status) != 0 { throw .system(errno, "look at the file system of '\(path)'") }
        func bytes(_ blocks: UInt64) -> ByteCount {
            ByteCount(
                bytes: Int64(clamping: blocks.multipliedReportingOverflow(by: UInt64(status.f_frsize)).partialValue))
        }
        return (bytes(UInt64(status.f_blocks)), bytes(UInt64(status.f_bavail)))
    }

    /// Puts the folder's list of names on the disk.
    ///
    /// - Throws: by errno's table.
    package static func synchronize(_ path: String) throws(MartletError) {
        let folder = try OwnedDescriptor.open(path, O_RDONLY | O_DIRECTORY)
        if fsync(folder.number) != 0 { throw .system(errno, "write the folder '\(path)'") }
    }
}
