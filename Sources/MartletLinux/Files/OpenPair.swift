import CMartletLinux
import Glibc
import MartletModel
import Synchronization

/// A file that is being copied and its copy, both open. One piece is copied at a time.
final class OpenPair: Sendable {
    /// How far the copy is, in bytes.
    final class Position: Sendable {
        private let bytes = Mutex<Int64>(0)
        var value: Int64 {
            get { bytes.withLock { $0 } }
            set { bytes.withLock { $0 = newValue } }
        }
    }

    let source: String
    let from: Int32
    let to: Int32
    let length: Int64
    let position = Position()
    private let target: String

    /// - Throws: by errno's table; `invalidArgument` for a source that isn't a regular file.
    init(_ source: String, _ target: String) throws(MartletError) {
        // Not blocking: opening a FIFO that nobody writes to would never return.
        let from = try OwnedDescriptor.open(source, O_RDONLY | O_NONBLOCK | O_NOCTTY)
        var status = stat()
        if fstat(from.number, &status) != 0 { throw .system(errno, "look at '\(source)'") }
        guard status.st_mode & S_IFMT == S_IFREG else {
            throw MartletError(.invalidArgument, "'\(source)' is not a regular file")
        }
        let to = try OwnedDescriptor.open(target, O_RDWR | O_CREAT | O_EXCL | O_NOFOLLOW, mode: 0o600)
        length = Int64(status.st_size)
        self.source = source
        self.target = target
        self.from = from.release()
        self.to = to.release()
    }

    deinit {
        close(from)
        close(to)
    }

    /// Copies what comes next, at most `most` bytes, and skips a hole.
    ///
    /// - Throws: by errno's table.
    func copyPiece(_ most: Int) throws(MartletError) {
        var start = off_t(position.value)
        let data = lseek(from, start, SEEK_DATA)
        if data < 0 && errno == ENXIO {
            position.value = length
            return
        }
        if data > start { start = data }
        let hole = lseek(from, start, SEEK_HOLE)
        let end = min(off_t(length), start + off_t(most), hole > start ? hole : .max)
        guard lseek(from, start, SEEK_SET) >= 0, lseek(to, start, SEEK_SET) >= 0 else {
            throw .system(errno, "copy '\(source)'")
        }
        try copyRange(start, end)
        position.value = Int64(end)
    }

    private func copyRange(_ start: off_t, _ end: off_t) throws(MartletError) {
        var at = start
        while at < end {
            let copied = martlet_copy_file_range(from, to, Int(end - at))
            if copied > 0 {
                at += off_t(copied)
            } else if copied == 0 {
                throw MartletError(.ioFailed, "'\(source)' became shorter while it was copied")
            } else if errno == EXDEV || errno == EINVAL || errno == EOPNOTSUPP || errno == ENOSYS {
                at += off_t(try copyPlainly(Int(min(end - at, 1 << 20))))
            } else if errno != EINTR {
                throw .system(errno, "copy '\(source)' to '\(target)'")
            }
        }
    }

    private func copyPlainly(_ most: Int) throws(MartletError) -> Int {
        var buffer = [UInt8](repeating: 0, count: most)
        let got = read(from, &buffer, most)
        if got <= 0 { throw .system(got < 0 ? errno : EIO, "read '\(source)'") }
        var written = 0
        while written < got {
            // The pointer stays inside the array, and is used before the closure returns.
            let count = buffer.withUnsafeBytes { write(to, $0.baseAddress.map { $0 + written }, got - written) }
            if count < 0 && errno == EINTR { continue }
            if count < 0 { throw .system(errno, "write '\(target)'") }
            written += count
        }
        return got
    }

    /// Gives the copy its length, owner and mode, and puts it on the disk.
    ///
    /// - Throws: by errno's table.
    func finish(mode: UInt32, owner: FileOwner?) throws(MartletError) {
        if ftruncate(to, off_t(length)) != 0 { throw .system(errno, "give '\(target)' its length") }
        if let owner, fchown(to, owner.userID, owner.groupID) != 0 {
            throw .system(errno, "give '\(target)' its owner")
        }
        if fchmod(to, mode) != 0 { throw .system(errno, "give '\(target)' its mode") }
        if fsync(to) != 0 { throw .system(errno, "write '\(target)'") }
        try Folder.synchronize(FilePathParts(target).folder)
    }
}
