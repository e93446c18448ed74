import FoundationEssentials
import Glibc
import MartletLinux
package import MartletModel

/// Makes and examines disks' files with qemu-img. Paths are absolute.
///
/// What strangers made is read by a qemu-img that runs as guests do. Files below `root` are named to it relative to that,
/// so that nothing above it need be open to the guests' user.
package struct DiskImage: Sendable {
    private let installation: QEMUInstallation
    var imageTool: String { installation.imageTool }
    private let runner: CommandRunner
    let root: String

    package init(installation: QEMUInstallation, root: String = "/") {
        self.installation = installation
        self.root = root
        self.runner = CommandRunner(timeLimit: .seconds(120))
    }

    /// Makes an empty, thin disk of `capacity` bytes, which appears whole or not at all, with mode 0600.
    ///
    /// Clusters have 64 KiB, the best known trade; reference counts are exact on the disk at all times, so that no
    /// repair is needed after a loss of power.
    /// - Throws: `alreadyExists`, and what is there stays untouched; `insufficientSpace`; `notFound`, `forbidden` for
    ///   the folder; `invalidArgument` for a capacity or a path that can't be; `timedOut`, `cancelled`,
    ///   `commandFailed`, `ioFailed`.
    package func create(
        path: String,
        capacity: ByteCount,
        format: Disk.Format = .qcow2
    ) async throws(MartletError) {
        let folder = try Self.folder(of: path)
        guard capacity.bytes > 0, capacity.bytes % 512 == 0 else {
            throw MartletError(
                .invalidArgument, "a disk of \(capacity.bytes) bytes can't be made; use a multiple of 512")
        }
        try Self.checkSpace(in: folder, for: capacity)
        let temporary = "\(folder)/.\(try SecureRandom.hex(byteCount: 8)).new"
        defer { unlink(temporary) }
        let options = format.image.creationOptions.map { ["-o", $0] } ?? []
        do {
            try await runner.run(
                installation.imageTool,
                ["create", "-q", "-f", format.image.driver] + options + [temporary, "\(capacity.bytes)"]
            )
        } catch  where error.code == .commandFailed {
            try Self.checkSpace(in: folder, for: capacity)
            throw error
        }
        try await BlockingWork.run { () throws(MartletError) in
            try Self.put(temporary, inPlaceAt: path, folder: folder)
        }
    }

    /// What the file is; a machine may be using it.
    ///
    /// - Throws: `notFound`, `forbidden`; `invalidArgument` for a file that isn't a qcow2 image; `timedOut`,
    ///   `cancelled`, `commandFailed` for one that qemu-img can't read.
    package func information(path: String) async throws(MartletError) -> ImageInformation {
        try await checkHeader(path)
        let output = try await runner.run(
            installation.imageTool,
            ["info", "--output=json", "-U", "-f", Disk.Format.qcow2.rawValue, path]
        )
        return try Self.decode(output)
    }

    /// Reads the whole image's structure and says whether it holds together; changes nothing. No machine may be using
    /// it.
    ///
    /// - Throws: as `information`; `commandFailed` also for a disk that is in use.
    package func check(path: String) async throws(MartletError) -> ImageCheck {
        try await checkHeader(path)
        // qemu-img exits with 2 and 3 for what it found, which is an answer; only 1 is a failure.
        let script = #""$@"; test $? -ne 1"#
        let output = try await runner.run(
            "sh",
            [
                "-c", script, "sh", installation.imageTool, "check", "--output=json", "-f", Disk.Format.qcow2.rawValue,
                path,
            ]
        )
        return try Self.decode(output)
    }

    // MARK: Steps

    private func checkHeader(_ path: String) async throws(MartletError) {
        _ = try Self.folder(of: path)
        let header = try await BlockingWork.run { () throws(MartletError) in try Self.head(of: path) }
        try ImageHeader.check(header, path: path)
    }

    /// Not blocking, since opening a FIFO that nobody writes to would never return.
    private static func head(of path: String) throws(MartletError) -> [UInt8] {
        let descriptor = open(path, O_RDONLY | O_CLOEXEC | O_NONBLOCK)
        guard descriptor >= 0 else { throw .system(errno, "open '\(path)'") }
        defer { close(descriptor) }
        var bytes = [UInt8](repeating: 0, count: ImageHeader.length)
        let count = read(descriptor, &bytes, bytes.count)
        guard count >= 0 else { throw .system(errno, "read '\(path)'") }
        return Array(bytes.prefix(count))
    }

    private static func folder(of path: String) throws(MartletError) -> String {
        guard path.isAbsolutePath, !path.endsWithSlash else {
            throw MartletError(.invalidArgument, "'\(path)' is not the absolute path of a disk's file")
        }
        return FilePathParts(path).folder
    }

    /// Synchronizes the finished file and gives it its name, which nobody else may have.
    private static func put(_ temporary: String, inPlaceAt path: String, folder: String) throws(MartletError) {
        let descriptor = open(temporary, O_RDWR | O_CLOEXEC | O_NOFOLLOW)
        guard descriptor >= 0 else { throw .system(errno, "open '\(temporary)'") }
        defer { close(descriptor) }
        if fchmod(descriptor, 0o600) != 0 { throw .system(errno, "set the mode of '\(path)'") }
        if fsync(descriptor) != 0 { throw .system(errno, "write '\(path)'") }
        // A link, unlike a rename, never replaces what is there: that could be somebody's disk.
        if link(temporary, path) != 0 { throw .system(errno, "make '\(path)'") }
        unlink(temporary)
        try Folder.synchronize(folder)
    }

    /// - Throws: `insufficientSpace` when an empty image of this capacity doesn't fit; by errno's table.
    static func checkSpace(in folder: String, for capacity: ByteCount) throws(MartletError) {
        let available = try Folder.freeSpace(folder)
        let needed = metadataSize(for: capacity)
        guard available >= needed else {
            throw MartletError(
                .insufficientSpace,
                "'\(folder)' has \(available) left, and an empty disk of \(capacity) takes \(needed); make room"
            )
        }
    }

    /// What an empty image takes at most: the header's, the reference counts' and the table's first clusters, and a
    /// table of eight bytes for each 512 MiB of capacity.
    static func metadataSize(for capacity: ByteCount) -> ByteCount {
        let cluster: Int64 = 64 << 10
        let table = (capacity.bytes / (512 << 20) + 1) * 8
        return ByteCount(bytes: 4 * cluster + (table + cluster - 1) / cluster * cluster)
    }

    static func decode<Value: Decodable>(_ output: [UInt8]) throws(MartletError) -> Value {
        do {
            return try JSONDecoder().decode(Value.self, from: Data(output))
        } catch {
            throw MartletError(.commandFailed, "qemu-img printed something else than expected", cause: error)
        }
    }
}
