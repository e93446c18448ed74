import Glibc
package import MartletLinux
package import MartletModel

extension DiskImage {
    /// Makes a linked copy: a disk that has only what is written to it, and the rest from the image at `backing`. It
    /// appears whole or not at all, with mode 0600.
    ///
    /// The image isn't opened; its path is written into the disk for people and other programs, and QEMU is told it anew
    /// at each start.
    /// - Throws: as `create`.
    package func createLinked(
        path: String, backing: String, capacity: ByteCount, owner: FileOwner?
    ) async throws(MartletError) {
        let staged = try StagedImage(target: path, owner: owner)
        try await CommandRunner(timeLimit: .seconds(120)).run(
            imageTool,
            [
                "create", "-q", "-u", "-f", "qcow2", "-b", backing, "-F", "qcow2", "-o",
                "compat=1.1,cluster_size=65536,lazy_refcounts=off", staged.path, "\(capacity.bytes)",
            ])
        try await BlockingWork.run { () throws(MartletError) in try staged.commit() }
    }

    /// Makes a full copy of one of our own images, and gives it its capacity; it appears whole or not at all, with mode
    /// 0600. Blocks are shared where the file system can.
    ///
    /// - Parameter progress: told how much is copied, from 0 to 1.
    /// - Throws: as `create`; `cancelled`.
    package func copy(
        of image: String, to path: String, capacity: ByteCount, owner: FileOwner?,
        progress: @Sendable (Double) async -> Void
    ) async throws(MartletError) {
        let staged = try StagedImage(target: path, owner: owner)
        let (needed, folder) = (try FileEntry.allocatedSize(image), FilePathParts(path).folder)
        let available = try Folder.freeSpace(folder)
        guard needed <= available else {
            throw MartletError(
                .insufficientSpace, "'\(folder)' has \(available) left, and the copy takes \(needed); make room")
        }
        unlink(staged.path)
        try await FileCopy.copy(from: image, to: staged.path, mode: 0o600, owner: owner, progress: progress)
        try await CommandRunner(timeLimit: .seconds(120)).run(
            imageTool, ["resize", "-q", "-f", "qcow2", staged.path, "\(capacity.bytes)"])
        try await BlockingWork.run { () throws(MartletError) in try staged.commit() }
    }

    /// Whether the disk names the image that it is known to be a linked copy of, and nothing else.
    ///
    /// Blocks on the disk.
    /// - Throws: `invalidArgument` when it doesn't; `notFound`, `forbidden`, `ioFailed`.
    package static func requireLinked(path: String, backing: String) throws(MartletError) {
        try ImageInspection.check(ImageSample(path: path), as: .qcow2, backing: backing, name: path)
    }
}
