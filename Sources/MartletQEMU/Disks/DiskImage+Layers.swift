import Glibc
package import MartletLinux
package import MartletModel

/// The overlays that checkpoints of a disk are made of.
extension DiskImage {
    /// Makes an empty overlay, over a file beside it that isn't opened; one that is there stays. It appears whole or not at all, with mode
    /// 0600.
    ///
    /// The name of the file below is written into it for people and other programs; QEMU is told the whole chain at each start.
    /// - Throws: as `create`.
    package func createOverlay(
        path: String, over below: ChainFile, capacity: ByteCount, owner: FileOwner?
    ) async throws(MartletError) {
        guard !FileEntry.exists(path) else { return }
        let parts = FilePathParts(path)
        try Self.checkSpace(in: parts.folder, for: capacity)
        let staged = try StagedImage(target: path, owner: owner)
        try await CommandRunner(timeLimit: .seconds(120)).run(
            imageTool,
            [
                "create", "-q", "-u", "-f", "qcow2", "-b", FilePathParts(below.path).name, "-F", below.format.driver,
                "-o",
                "compat=1.1,cluster_size=65536,lazy_refcounts=off", staged.path, "\(capacity.bytes)",
            ])
        try await BlockingWork.run { () throws(MartletError) in try staged.commit() }
    }

    /// Writes the name of the file below into an overlay that nobody uses; no data is touched.
    ///
    /// - Throws: `commandFailed`, `timedOut`, `cancelled`.
    package func rename(below file: ChainFile, of overlay: String, user: UserAccount?) async throws(MartletError) {
        var runner = CommandRunner(timeLimit: .seconds(120))
        runner.launcher = confinement(user, processorTime: .seconds(60), fileSize: .gibibytes(1 << 20)).launcher
        try await runner.run(
            imageTool,
            [
                "rebase", "-q", "-u", "-f", "qcow2", "-b", FilePathParts(file.path).name, "-F", file.format.driver,
                relative(overlay),
            ])
    }

    /// Writes what an overlay has into the file right below it, both of which nobody uses. Given up, it may be done again: the overlay
    /// stays as it is, and what is read through it the same.
    ///
    /// - Parameters:
    ///   - chain: the files that it lies over; the first is written to.
    ///   - bandwidth: in bytes a second; nil for no limit.
    ///   - progress: told how much is done, from 0 to 1.
    /// - Throws: `insufficientSpace`; `inUse`; `commandFailed`, `timedOut`, `cancelled`.
    package func commit(
        _ overlay: String, into chain: [ChainFile], capacity: ByteCount, bandwidth: ByteCount?, user: UserAccount?,
        progress: @Sendable (Double) async -> Void
    ) async throws(MartletError) {
        let folder = FilePathParts(chain.first?.path ?? overlay).folder
        let largest = ByteCount(bytes: capacity.bytes + capacity.bytes / 64 + (64 << 20))
        let command = LongCommand(
            launcher: confinement(
                user, processorTime: .seconds(300 + capacity.bytes / 10_000_000), fileSize: largest
            ).launcher)
        do {
            try await command.run(
                imageTool,
                ["commit", "-p", "-d"] + (bandwidth.map { ["-r", "\($0.bytes)"] } ?? [])
                    + [node(overlay, .qcow2, over: chain)]
            ) { line in
                if let fraction = Self.progress(line) { await progress(fraction) }
            }
        } catch  where error.code == .commandFailed {
            let free = try Folder.freeSpace(folder)
            guard free >= .mebibytes(1) else {
                throw MartletError(
                    .insufficientSpace,
                    "'\(folder)' has \(free) left, too little to merge a checkpoint; make room and merge again",
                    cause: error)
            }
            throw error
        }
    }

    /// Whether an overlay names the file that it is known to lie over, or another of those that are allowed for.
    ///
    /// Blocks on the disk.
    /// - Throws: `invalidArgument` when it doesn't; `notFound`, `forbidden`, `ioFailed`.
    package static func requireOverlay(path: String, over allowed: [String]) throws(MartletError) {
        let sample = try ImageSample(path: path)
        var first: MartletError?
        for below in allowed {
            do throws(MartletError) {
                return try ImageInspection.check(sample, as: .qcow2, backing: below, name: path)
            } catch {
                first = first ?? error
            }
        }
        if let first { throw first }
    }
}
