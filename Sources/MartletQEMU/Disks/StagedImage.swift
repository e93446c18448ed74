import Glibc
import MartletLinux
import MartletModel

/// An image in the making: an empty file of the user that fills it, in a folder beside the target where that user can
/// make no other. It has the target's own name there, because a VMDK says its own name inside.
final class StagedImage: Sendable {
    let path: String
    private let folder: String
    private let target: String

    /// - Throws: by errno's table, naming the target.
    init(target: String, owner: FileOwner?) throws(MartletError) {
        let parts = FilePathParts(target)
        folder = "\(parts.folder)/.\(try SecureRandom.hex(byteCount: 8)).new"
        path = "\(folder)/\(parts.name)"
        self.target = target
        if mkdir(folder, 0o711) != 0 { throw .system(errno, "make '\(target)'") }
        try makeFile(owner: owner)
    }

    deinit {
        unlink(path)
        rmdir(folder)
    }

    private func makeFile(owner: FileOwner?) throws(MartletError) {
        let number = open(path, O_RDWR | O_CREAT | O_EXCL | O_NOFOLLOW | O_CLOEXEC, 0o600)
        guard number >= 0 else { throw .system(errno, "make '\(target)'") }
        defer { close(number) }
        // The umask may have taken what others need to pass through.
        guard chmod(folder, 0o711) == 0 else { throw .system(errno, "make '\(target)'") }
        if let owner, fchown(number, owner.userID, owner.groupID) != 0 {
            throw .system(errno, "give '\(target)' its owner")
        }
    }

    /// Puts the finished image on the disk and gives it its name, which nobody else may have.
    ///
    /// - Throws: `alreadyExists`; by errno's table.
    func commit() throws(MartletError) {
        let number = open(path, O_RDWR | O_CLOEXEC | O_NOFOLLOW)
        guard number >= 0 else { throw .system(errno, "open '\(target)'") }
        defer { close(number) }
        if fchmod(number, 0o600) != 0 { throw .system(errno, "set the mode of '\(target)'") }
        if fsync(number) != 0 { throw .system(errno, "write '\(target)'") }
        // A link, unlike a rename, never replaces what is there: that could be somebody's disk.
        if link(path, target) != 0 { throw .system(errno, "make '\(target)'") }
        try Folder.synchronize(FilePathParts(target).folder)
    }
}
