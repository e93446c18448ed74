package import MartletModel

/// QEMU's names for the block nodes of a disk's files. A file keeps its names, whatever layer it is of; QEMU allows 31 characters.
extension DiskFile {
    /// The node that reads the format; QEMU's events carry it.
    package func nodeName(of disk: ID<Disk>) -> String {
        overlay.map { "l" + Self.digits($0.description) } ?? "d" + Self.digits(disk.description)
    }

    /// The node of the file itself.
    package func fileNodeName(of disk: ID<Disk>) -> String {
        overlay.map { "k" + Self.digits($0.description) } ?? "f" + Self.digits(disk.description)
    }

    private static func digits(_ id: String) -> String { String(id.filter { $0 != "-" }.prefix(30)) }
}

extension Disk {
    /// Whether a block node, as events name it, is this disk's.
    package func hasNode(_ name: String) -> Bool { files.contains { $0.nodeName(of: id) == name } }
}
