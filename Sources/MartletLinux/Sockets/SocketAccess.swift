import CMartletLinux
import Glibc
package import MartletModel

/// Who may connect to a socket beside its owner.
package enum SocketAccess {
    /// Lets the members of these groups connect, and nobody else: by the socket's own group where there is one, by an access control
    /// list where there are several.
    ///
    /// - Throws: `unsupported` where the file system has no such lists: then the first group alone is let in; `notFound`, `forbidden`,
    ///   `ioFailed`.
    package static func admit(groups: [UInt32], to path: String) throws(MartletError) {
        guard let first = groups.first else {
            if chmod(path, 0o600) != 0 { throw .system(errno, "give '\(path)' its mode") }
            return
        }
        if chown(path, uid_t.max, first) != 0 { throw .system(errno, "give '\(path)' its group") }
        if chmod(path, 0o660) != 0 { throw .system(errno, "give '\(path)' its mode") }
        let others = Set(groups.dropFirst()).subtracting([first]).sorted()
        if others.isEmpty { return }
        let list = accessList(others)
        if martlet_set_access_list(path, list, list.count) != 0 {
            throw .system(errno, "let \(others.count) more groups use '\(path)'")
        }
    }

    /// The kernel's form of a list (`linux/posix_acl_xattr.h`): a version, then a tag, permissions and an id each, sorted by tag and id.
    private static func accessList(_ groups: [UInt32]) -> [UInt8] {
        let (owner, ownGroup, group, mask, other): (UInt16, UInt16, UInt16, UInt16, UInt16) = (
            0x01, 0x04, 0x08, 0x10, 0x20
        )
        let (readWrite, nothing, nobody): (UInt16, UInt16, UInt32) = (6, 0, .max)
        let entries =
            [(owner, readWrite, nobody), (ownGroup, readWrite, nobody)] + groups.map { (group, readWrite, $0) }
            + [(mask, readWrite, nobody), (other, nothing, nobody)]
        return bytes(UInt32(2)) + entries.flatMap { bytes($0.0) + bytes($0.1) + bytes($0.2) }
    }

    private static func bytes(_ number: some FixedWidthInteger) -> [UInt8] {
        let little = number.littleEndian
        return (0..<(number.bitWidth / 8)).map { UInt8(truncatingIfNeeded: little >> ($0 * 8)) }
    }
}
