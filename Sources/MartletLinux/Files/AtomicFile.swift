import Glibc
package import MartletModel

/// Files that are seen either as they were or as they are wanted, whatever happens in between.
package enum AtomicFile {
    /// Writes a file whole: temporary file, fsync, rename, fsync of the folder. Nobody but us can read it before it has its mode.
    ///
    /// Without an `owner` it belongs to us. Blocks on the disk.
    /// - Parameter isLasting: whether it is there after a power loss too; without the last fsync what was there before may be back.
    /// - Throws: `insufficientSpace`, `notFound`, `forbidden`, `ioFailed`; the target is then as it was.
    package static func write(
        _ bytes: [UInt8],
        to path: String,
        mode: UInt32,
        owner: FileOwner? = nil,
        isLasting: Bool = true
    ) throws(MartletError) {
        let file = try StagedFile(target: path)
        try file.write(bytes)
        try file.commit(mode: mode, owner: owner, isLasting: isLasting)
    }

    /// Copies a regular file, sharing its blocks where the file system can, and puts the copy in place whole.
    ///
    /// Blocks on the disk, for large files long.
    /// - Throws: `notFound`; `invalidArgument` for a source that isn't a regular file; `insufficientSpace`, `forbidden`,
    ///   `ioFailed`. The target is then as it was.
    package static func copy(
        from source: String,
        to path: String,
        mode: UInt32,
        owner: FileOwner? = nil
    ) throws(MartletError) {
        // Not blocking: opening a FIFO that nobody writes to would never return.
        let from = try OwnedDescriptor.open(source, O_RDONLY | O_NONBLOCK)
        var status = stat()
        if fstat(from.number, &status) != 0 { throw .system(errno, "look at '\(source)'") }
        guard status.st_mode & S_IFMT == S_IFREG else {
            throw MartletError(.invalidArgument, "'\(source)' is not a regular file")
        }
        let to = try StagedFile(target: path)
        try FileContents.copy(from: from.number, to: to, source: source, target: path)
        try to.commit(mode: mode, owner: owner)
    }
}
