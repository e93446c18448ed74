import Glibc
import MartletModel

/// A new file under a temporary name beside its target; it appears under the target's name whole, or not at all.
struct StagedFile: ~Copyable {
    private let descriptor: OwnedDescriptor
    private let temporary: String
    private let target: String
    private var committed = false

    /// - Throws: by errno's table, naming the target.
    init(target: String) throws(MartletError) {
        let parts = FilePathParts(target)
        let temporary = "\(parts.folder)/.\(parts.name).\(try SecureRandom.hex(byteCount: 6)).new"
        let number = Glibc.open(temporary, O_RDWR | O_CREAT | O_EXCL | O_NOFOLLOW | O_CLOEXEC, 0o600)
        if number < 0 { throw .system(errno, "make '\(target)'") }
        self.descriptor = OwnedDescriptor(number)
        self.temporary = temporary
        self.target = target
    }

    deinit { if !committed { unlink(temporary) } }

    var number: Int32 { descriptor.number }

    /// Appends bytes.
    ///
    /// - Throws: `insufficientSpace` on a full disk; by errno's table.
    func write(_ bytes: [UInt8]) throws(MartletError) { try descriptor.write(bytes, shown: "'\(target)'") }

    /// Gives it owner and mode, puts it on the disk, then under the target's name, replacing what was there.
    ///
    /// - Parameter isLasting: whether a power loss can't bring back what was there before.
    /// - Throws: by errno's table; the target is then as it was.
    consuming func commit(mode: UInt32, owner: FileOwner?, isLasting: Bool = true) throws(MartletError) {
        if let owner, fchown(number, owner.userID, owner.groupID) != 0 {
            throw .system(errno, "give '\(target)' its owner")
        }
        if fchmod(number, mode) != 0 { throw .system(errno, "give '\(target)' its mode") }
        if fsync(number) != 0 { throw .system(errno, "write '\(target)'") }
        if rename(temporary, target) != 0 { throw .system(errno, "replace '\(target)'") }
        committed = true
        if isLasting { try Folder.synchronize(FilePathParts(target).folder) }
    }
}
