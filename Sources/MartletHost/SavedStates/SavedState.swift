import MartletLinux
import MartletModel

/// The file that a saved machine goes on from.
///
/// **That it is there is what makes a machine saved**; no record says so, so none can be stale. It appears whole, after its guest has
/// stopped for good in that QEMU, and it is gone before the guest runs again: restored on top of disks that have changed since, it
/// would destroy them.
///
/// ```
/// <id>.vmrs.part      being written                     removed when that is given up
/// <id>.vmrs           whole; the machine is saved
/// <id>.vmrs.resumed   read, and its guest is let go     removed as soon as it runs
/// ```
struct SavedState: Sendable {
    let path: String
    var part: String { "\(path).part" }
    var resumed: String { "\(path).resumed" }

    init(of configuration: VirtualMachineConfiguration, layout: RootLayout) {
        path = layout.absolute(configuration.relativeSavedState)
    }

    /// One at a place of its own, as a checkpoint's.
    init(path: String) { self.path = path }

    var exists: Bool { FileEntry.exists(path) }

    /// What it takes on the disk; nil when there is none.
    var size: ByteCount? { exists ? (try? StreamFile.open(path).streamSize()).map { ByteCount(bytes: $0) } : nil }

    /// Whether its guest was paused; false for one that can't be read, which `check` tells.
    var isPaused: Bool {
        guard let bytes = try? StreamFile.open(path).header() else { return false }
        return (try? SavedStateHeader(decoding: bytes, of: path))?.isPaused ?? false
    }

    /// Removes it for good.
    ///
    /// - Throws: `forbidden`, `ioFailed`; it may still be there then.
    func remove() throws(MartletError) {
        for file in [path, part, resumed] where FileEntry.exists(file) { try Folder.removeTree(file) }
    }

    /// Removes what an operation left that nobody takes up any more.
    func removeLeftovers() throws(MartletError) {
        for file in [part, resumed] where FileEntry.exists(file) { try Folder.removeTree(file) }
    }

    /// Reads the whole file and holds it against the machine; nothing of it reaches QEMU before.
    ///
    /// - Throws: `notFound`; `invalidArgument` for a damaged or a foreign one, `unsupported` for one that QEMU can't go on from here;
    ///   `ioFailed`. The file stays as it is.
    func check(
        _ configuration: VirtualMachineConfiguration, accelerator: Accelerator
    ) throws(MartletError) -> SavedStateHeader {
        let file = try StreamFile.open(path)
        let header = try SavedStateHeader(decoding: try file.header(), of: path)
        guard header.machine == configuration.id else {
            throw MartletError(.invalidArgument, "'\(path)' is the saved state of another machine, \(header.machine)")
        }
        guard header.machineType == configuration.machineType else {
            throw MartletError(
                .unsupported,
                "'\(path)' was saved as \(header.machineType) and the machine is \(configuration.machineType)")
        }
        guard header.accelerator == accelerator else {
            throw MartletError(
                .unsupported,
                "'\(path)' was saved under \(header.accelerator.rawValue) and can't go on under \(accelerator.rawValue); start the "
                    + "daemon with that accelerator, or throw the state away with `martlet vm discard`")
        }
        try checkStream(file, header)
        return header
    }

    private func checkStream(_ file: StreamFile, _ header: SavedStateHeader) throws(MartletError) {
        let size = try file.streamSize()
        var checksum = CRC32C()
        if size == header.streamSize { try file.sum(&checksum, from: 0, to: size) }
        guard size == header.streamSize, checksum.value == header.streamChecksum else {
            throw MartletError(
                .invalidArgument,
                "'\(path)' is damaged: \(size) bytes with checksum \(checksum.value), where \(header.streamSize) bytes with "
                    + "\(header.streamChecksum) were written; bring it back from a backup, or throw it away with `martlet vm discard`"
            )
        }
    }
}
