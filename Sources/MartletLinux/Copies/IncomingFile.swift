import CMartletLinux
import Glibc
import MartletModel

/// A folder that is being received into, open: no name is looked up a second time.
final class IncomingFolder {
    let descriptor: SharedDescriptor
    let path: String

    init(_ descriptor: CInt, path: String) {
        self.descriptor = SharedDescriptor(descriptor)
        self.path = path
    }
}

/// A file that is being received, under a temporary name beside its own until it is whole.
///
/// The temporary name follows from the file's, so that another copy finds what one left that was cut short.
final class IncomingFile {
    /// Less than this isn't worth to be kept or compared, in bytes.
    static let leastKept: UInt64 = 64 * 1024

    let folder: IncomingFolder
    let name: CopyName
    let attributes: CopyAttributes
    let size: UInt64
    private let temporary: CopyName
    private(set) var descriptor: SharedDescriptor
    /// Whether `descriptor` is the file itself, which is there already.
    private(set) var isWhole = false
    /// How much of it is there.
    private(set) var offered: UInt64 = 0
    private(set) var digest: [UInt8] = []
    private(set) var place: UInt64 = 0
    private var checksum: CopyChecksum
    private(set) var received: UInt64 = 0

    var path: String { "\(folder.path)/\(CopyFile.shown(name))" }

    /// - Throws: by errno's table; `inUse` when another copy writes it.
    init(_ folder: IncomingFolder, _ name: CopyName, _ attributes: CopyAttributes, size: UInt64) throws(MartletError) {
        self.folder = folder
        self.name = name
        self.attributes = attributes
        self.size = size
        checksum = CopyChecksum(size: size)
        temporary = Self.temporaryName(name)
        let path = "\(folder.path)/\(CopyFile.shown(name))"
        if size >= Self.leastKept, let whole = Self.existing(folder, name, attributes, size),
            let digest = CopyFile.digest(whole.number, count: size)
        {
            (descriptor, isWhole, offered, self.digest) = (whole, true, size, digest)
            return
        }
        descriptor = try Self.openTemporary(folder, temporary, path)
        var status = stat()
        if fstat(descriptor.number, &status) != 0 { throw .system(errno, "look at what is there of '\(path)'") }
        let length = UInt64(clamping: status.st_size)
        if length >= Self.leastKept, length <= size, let digest = CopyFile.digest(descriptor.number, count: length) {
            (offered, self.digest) = (length, digest)
        }
    }

    /// ".name.martlet-part"; of a long name, its beginning and its checksum.
    static func temporaryName(_ name: CopyName) -> CopyName {
        let end = Array(".martlet-part".utf8)
        guard name.count > 200 else { return [UInt8(ascii: ".")] + name + end }
        return [UInt8(ascii: ".")] + name.prefix(180) + Array(SHA256Digest(of: name).description.utf8.prefix(16)) + end
    }

    /// The contents follow from here on.
    ///
    /// - Throws: `invalidArgument` for a place that wasn't offered; by errno's table.
    func begin(_ offset: UInt64) throws(MartletError) {
        guard offset == 0 || offset == offered else { throw CopyReader.malformed }
        if isWhole, offset != size {
            descriptor = try Self.openTemporary(folder, temporary, path)
            isWhole = false
        }
        if !isWhole, ftruncate(descriptor.number, off_t(offset)) != 0 { throw .system(errno, "write '\(path)'") }
        place = offset
        received = offset
    }

    /// - Throws: `invalidArgument` for bytes where none can be; `insufficientSpace`; by errno's table.
    func write(_ offset: UInt64, _ bytes: [UInt8]) throws(MartletError) {
        guard offset >= place, !bytes.isEmpty, offset + UInt64(bytes.count) <= size, !isWhole else {
            throw CopyReader.malformed
        }
        checksum.update(offset, bytes)
        var written = 0
        while written < bytes.count {
            // The pointer stays inside the array, and is used before the closure returns.
            let count = bytes.withUnsafeBytes {
                pwrite(
                    descriptor.number, $0.baseAddress.map { $0 + written }, $0.count - written,
                    off_t(offset) + off_t(written))
            }
            if count < 0 && errno == EINTR { continue }
            if count < 0 { throw .system(errno, "write '\(path)'") }
            written += count
        }
        place = offset + UInt64(bytes.count)
        received += UInt64(bytes.count)
    }

    /// All has come: gives it its length, owner, mode and time. It has its temporary name still.
    ///
    /// - Throws: `invalidArgument` when what came isn't what was sent; by errno's table.
    func end(_ sum: UInt64, owner: FileOwner?, mode: UInt32) throws(MartletError) {
        guard checksum.value == sum else {
            throw MartletError(.ioFailed, "'\(path)' was damaged on its way; copy it again")
        }
        if !isWhole, ftruncate(descriptor.number, off_t(size)) != 0 { throw .system(errno, "write '\(path)'") }
        if let owner, fchown(descriptor.number, owner.userID, owner.groupID) != 0 {
            throw .system(errno, "give '\(path)' its owner")
        }
        if fchmod(descriptor.number, mode) != 0 { throw .system(errno, "give '\(path)' its mode") }
        var times = attributes.times
        if futimens(descriptor.number, &times) != 0 { throw .system(errno, "give '\(path)' its time") }
    }

    /// - Throws: by errno's table.
    func synchronize() throws(MartletError) {
        if fsync(descriptor.number) != 0 { throw .system(errno, "write '\(path)'") }
    }

    /// Puts it in its place, in one step.
    ///
    /// - Throws: by errno's table; then the place is as it was.
    func commit() throws(MartletError) {
        if isWhole { return }
        let failure = CopyFile.with(temporary) { from in
            CopyFile.with(name) { to in
                renameat(folder.descriptor.number, from, folder.descriptor.number, to) == 0 ? 0 : errno
            }
        }
        if failure != 0 { throw .system(failure, "put '\(path)' in its place") }
    }

    /// It won't become whole now. What is worth it is kept for another copy.
    func abandon(keeps: Bool) {
        guard !isWhole else { return }
        var status = stat()
        let length = fstat(descriptor.number, &status) == 0 ? UInt64(clamping: status.st_size) : 0
        if keeps, length >= Self.leastKept { return }
        _ = CopyFile.with(temporary) { unlinkat(folder.descriptor.number, $0, 0) }
    }

    /// The file itself, when it has the size and the time that are on offer.
    private static func existing(
        _ folder: IncomingFolder, _ name: CopyName, _ attributes: CopyAttributes, _ size: UInt64
    ) -> SharedDescriptor? {
        let number = CopyFile.open(folder.descriptor.number, name, O_RDONLY)
        guard number >= 0 else { return nil }
        let file = SharedDescriptor(number)
        var status = stat()
        guard fstat(number, &status) == 0, status.st_mode & S_IFMT == S_IFREG, UInt64(clamping: status.st_size) == size,
            Int64(status.st_mtim.tv_sec) == attributes.seconds, status.st_mtim.tv_nsec == Int(attributes.nanoseconds)
        else { return nil }
        return file
    }

    /// In a folder where others may write, what lies there under this name may be theirs: then it is removed first.
    private static func openTemporary(
        _ folder: IncomingFolder, _ name: CopyName, _ path: String
    ) throws(MartletError) -> SharedDescriptor {
        let flags = O_RDWR | O_CREAT
        var number = CopyFile.open(folder.descriptor.number, name, flags, mode: 0o600)
        var status = stat()
        let isOurs =
            number >= 0 && fstat(number, &status) == 0 && status.st_mode & S_IFMT == S_IFREG
            && status.st_nlink == 1 && status.st_uid == geteuid()
        if !isOurs {
            if number >= 0 { close(number) }
            _ = CopyFile.with(name) { unlinkat(folder.descriptor.number, $0, 0) }
            number = CopyFile.open(folder.descriptor.number, name, flags | O_EXCL, mode: 0o600)
        }
        if number < 0 { throw .system(errno, "make '\(path)'") }
        let file = SharedDescriptor(number)
        guard flock(number, LOCK_EX | LOCK_NB) == 0 else {
            throw MartletError(.inUse, "another copy writes '\(path)'; let it end first")
        }
        // Until it is whole, nobody else reads it: it may have had another mode when it was cut short.
        fchmod(number, 0o600)
        return file
    }
}

extension CopyAttributes {
    /// The time of access isn't touched, the one of change is set; `UTIME_OMIT` of stat.h, which Swift doesn't show.
    var times: [timespec] {
        [timespec(tv_sec: 0, tv_nsec: (1 << 30) - 2), timespec(tv_sec: Int(seconds), tv_nsec: Int(nanoseconds))]
    }
}
