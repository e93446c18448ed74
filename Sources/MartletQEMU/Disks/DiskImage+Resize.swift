package import MartletLinux
package import MartletModel

extension DiskImage {
    private static let resizeTime: Duration = .seconds(600)

    /// Gives a disk that nobody uses another capacity. What lies beyond a smaller one is gone; see `requireEmpty`.
    ///
    /// qemu-img runs as `user` and opens no other file than those of `chain`, whatever the image names.
    /// - Parameter chain: the files that it lies over, the nearest first.
    /// - Throws: `insufficientSpace`; `inUse`; `commandFailed`, `timedOut`, `cancelled`.
    package func resize(
        path: String, format: Disk.Format, over chain: [ChainFile] = [], to capacity: ByteCount, user: UserAccount?
    ) async throws(MartletError) {
        // A raw image's file is as long as its disk.
        let largest = ByteCount(bytes: capacity.bytes + capacity.bytes / 64 + (64 << 20))
        var runner = CommandRunner(timeLimit: Self.resizeTime)
        runner.launcher = confinement(user, processorTime: Self.resizeTime, fileSize: largest).launcher
        do {
            try await runner.run(
                imageTool,
                ["resize", "-q", "--shrink", node(path, format.image, over: chain), "\(capacity.bytes)"])
        } catch  where error.code == .commandFailed {
            let folder = FilePathParts(path).folder
            let free = try Folder.freeSpace(folder)
            if free < .mebibytes(1) {
                throw MartletError(
                    .insufficientSpace, "'\(folder)' has \(free) left, too little to resize a disk; make room",
                    cause: error)
            }
            throw error
        }
    }

    /// Makes sure that nothing is written beyond a place in a disk, so that cutting it off there loses nothing.
    ///
    /// - Throws: `contradictory` when there is; `commandFailed`, `timedOut`, `cancelled`.
    package func requireEmpty(
        path: String, format: Disk.Format, from offset: ByteCount, user: UserAccount?
    ) async throws(MartletError) {
        struct Extent: Decodable {
            var start: Int64
            var length: Int64
            var data: Bool
        }
        var runner = CommandRunner(timeLimit: Self.resizeTime)
        runner.launcher =
            confinement(user, processorTime: Self.resizeTime, fileSize: ByteCount(bytes: 0)).launcher
        let output = try await runner.run(
            imageTool,
            [
                "map", "--output=json", "--start-offset=\(offset.bytes)", node(path, format.image),
            ])
        let extents: [Extent] = try Self.decode(output)
        guard let last = extents.last(where: \.data) else { return }
        throw MartletError(
            .contradictory,
            "the disk has data up to \(ByteCount(bytes: last.start + last.length)), beyond \(offset); have the guest shrink its partitions and discard the rest (a GPT keeps a copy of itself at the disk's end), or convert to a new disk"
        )
    }
}
