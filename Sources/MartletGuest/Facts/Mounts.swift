import Glibc
import MartletGuestProtocol
import MartletLinux
import MartletModel
import SwiftProtobuf

/// A mounted file system, as `/proc/self/mountinfo` has it.
struct Mount: Hashable {
    var point: String
    /// "254:1".
    var device: String
    var type: String
    var source: String
    var isReadOnly: Bool

    /// File systems that live on a block device of the guest's, each once, in the order in which they were mounted.
    static func onDisks() -> [Mount] {
        let text = (try? BoundedFile.readText("/proc/self/mountinfo", limit: 4 << 20)) ?? ""
        return parse(text).filter(\.isOnDisk)
    }

    /// Whether its source is a block device: not memory, not a network, not the kernel's own.
    var isOnDisk: Bool { source.hasPrefix("/dev/") && type != "devtmpfs" }

    /// The mounts of proc(5)'s mountinfo; of a file system that is mounted several times, the first.
    static func parse(_ text: String) -> [Mount] {
        var seen: Set<String> = []
        return text.split(separator: "\n").compactMap { line in
            let fields = line.split(separator: " ")
            guard let dash = fields.firstIndex(of: "-"), dash >= 6, fields.count >= dash + 4,
                seen.insert(String(fields[2])).inserted
            else { return nil }
            let options = fields[5].split(separator: ",") + fields[dash + 3].split(separator: ",")
            return Mount(
                point: unescaped(fields[4]), device: String(fields[2]), type: String(fields[dash + 1]),
                source: unescaped(fields[dash + 2]), isReadOnly: options.contains("ro"))
        }
    }

    /// Blanks, tabs, newlines and backslashes are written as three octal digits.
    private static func unescaped(_ field: Substring) -> String {
        var bytes: [UInt8] = []
        var rest = Array(field.utf8)[...]
        while let byte = rest.popFirst() {
            if byte == UInt8(ascii: "\\"), rest.count >= 3,
                let code = UInt8(String(decoding: rest.prefix(3), as: UTF8.self), radix: 8)
            {
                bytes.append(code)
                rest = rest.dropFirst(3)
            } else {
                bytes.append(byte)
            }
        }
        return String(decoding: bytes, as: UTF8.self)
    }
}

/// How full the guest's file systems are.
enum FileSystems {
    static let most = 64

    /// Blocks on no network: only file systems on the guest's own disks are asked.
    static func read() -> [GuestFileSystem] {
        Mount.onDisks().prefix(most).compactMap { mount in
            guard let space = try? Folder.space(mount.point) else { return nil }
            return .with {
                $0.mountPoint = mount.point
                $0.device = mount.source
                $0.type = mount.type
                $0.sizeInBytes = UInt64(clamping: space.total.bytes)
                $0.freeInBytes = UInt64(clamping: space.free.bytes)
            }
        }
    }
}
