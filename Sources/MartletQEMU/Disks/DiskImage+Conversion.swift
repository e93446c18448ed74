import FoundationEssentials
import Glibc
package import MartletLinux
package import MartletModel

extension DiskImage {
    /// The address space that qemu-img has for a stranger's image; most of it is the stacks of its threads.
    private static let memory = ByteCount.gibibytes(2)

    /// What qemu-img finds in an image that stands by itself.
    package struct Facts: Sendable, Hashable, Decodable {
        /// What a guest sees, in bytes.
        package var virtualSize: ByteCount
        /// What the file takes on the host's disk, in bytes.
        package var actualSize: ByteCount?

        private enum CodingKeys: String, CodingKey {
            case virtualSize = "virtual-size"
            case actualSize = "actual-size"
        }
    }

    /// The format of an image's file, by its content.
    ///
    /// - Parameter name: what the image is called in messages; its path by default.
    /// - Throws: `invalidArgument` for what is no regular file or no image; `unsupported` for one that can't be read;
    ///   `notFound`, `forbidden`, `ioFailed`.
    package func recognize(path: String, name: String? = nil) async throws(MartletError) -> ImageFormat {
        try await BlockingWork.run { () throws(MartletError) in
            try ImageSniffer.recognize(ImageSample(path: path), name: name ?? path)
        }
    }

    /// Looks into an image that may be hostile: whether it stands by itself, is no larger than a disk may be, and can be
    /// read. qemu-img runs as `user` with limits, is told the format and follows no other file.
    ///
    /// - Parameter chain: the files that it lies over, the nearest first; the last must stand by itself.
    /// - Throws: `invalidArgument`, `unsupported` for an image that is refused; `commandFailed` for one that qemu-img can't
    ///   read; `notFound`, `forbidden`, `ioFailed`, `timedOut`, `cancelled`.
    package func inspect(
        path: String, format: ImageFormat, over chain: [ChainFile] = [], name: String? = nil, user: UserAccount?
    ) async throws(MartletError) -> Facts {
        let name = name ?? path
        let length = try await BlockingWork.run { () throws(MartletError) in
            let sample = try ImageSample(path: path)
            try ImageInspection.check(sample, as: format, backing: chain.first?.path, name: name)
            return sample.length
        }
        if format == .iso || format == .raw { return try Self.plain(length, name) }
        var runner = CommandRunner(timeLimit: .seconds(120))
        runner.launcher = confinement(user, processorTime: .seconds(60), fileSize: ByteCount(bytes: 0)).launcher
        let output: [UInt8]
        do {
            output = try await runner.run(
                imageTool, ["info", "--output=json", node(path, format)]
            )
        } catch  where error.code == .commandFailed {
            throw Self.unreadable(name, format, error)
        }
        let facts: Facts = try Self.decode(output)
        try Self.check(facts.virtualSize, name)
        return facts
    }

    /// Makes of an image, which may be hostile, another in `target`, which appears whole or not at all; with mode 0600 it
    /// belongs to `user`. `inspect` is done first.
    ///
    /// - Parameters:
    ///   - source: must stay as it is meanwhile; `user` must be able to read it.
    ///   - chain: as in `inspect`; what is made has all of it inside.
    ///   - name: what the source is called in messages; its path by default.
    ///   - progress: told now and then how much is done, from 0 to 1.
    /// - Throws: as `inspect`; `alreadyExists`, and what is there stays untouched; `insufficientSpace`.
    @discardableResult
    package func convert(
        from source: String,
        format: ImageFormat,
        over chain: [ChainFile] = [],
        to target: String,
        format targetFormat: ImageFormat,
        name: String? = nil,
        user: UserAccount?,
        progress: @Sendable (Double) async -> Void = { _ in }
    ) async throws(MartletError) -> Facts {
        let facts = try await inspect(path: source, format: format, over: chain, name: name, user: user)
        let staged = try StagedImage(target: target, owner: user?.owner)
        let sourceNode = node(source, format, over: chain)
        try await checkSpace(for: sourceNode, to: target, targetFormat, facts: facts, user: user)
        let options = targetFormat.creationOptions.map { ["-o", $0] } ?? []
        let largest = ByteCount(bytes: facts.virtualSize.bytes + facts.virtualSize.bytes / 64 + (64 << 20))
        // A tenth of what the slowest format was measured at (VMDK, streamed: 100 MB/s).
        let time = Duration.seconds(300 + facts.virtualSize.bytes / 10_000_000)
        let command = LongCommand(
            launcher: confinement(user, processorTime: time, fileSize: largest).launcher)
        do {
            try await command.run(
                imageTool,
                ["convert", "-p", "-O", targetFormat.driver] + options
                    + [sourceNode, relative(staged.path)]
            ) { line in
                if let fraction = Self.progress(line) { await progress(fraction) }
            }
        } catch  where error.code == .commandFailed {
            try await checkSpace(for: sourceNode, to: target, targetFormat, facts: facts, user: user)
            throw Self.unreadable(name ?? source, format, error)
        }
        try await BlockingWork.run { () throws(MartletError) in try staged.commit() }
        return facts
    }

    // MARK: Steps

    func checkSpace(
        for source: String, to target: String, _ targetFormat: ImageFormat, facts: Facts, user: UserAccount?
    ) async throws(MartletError) {
        struct Measure: Decodable { var required: ByteCount }
        let folder = FilePathParts(target).folder
        guard targetFormat == .qcow2 || targetFormat == .raw else {
            // What it will take can't be asked for these; about what the source takes, and something must be left.
            return try Self.require(max(facts.actualSize ?? .mebibytes(1), .mebibytes(1)), in: folder)
        }
        var runner = CommandRunner(timeLimit: .seconds(600))
        runner.launcher = confinement(user, processorTime: .seconds(300), fileSize: ByteCount(bytes: 0)).launcher
        let output = try await runner.run(
            imageTool, ["measure", "--output=json", "-O", targetFormat.driver, source])
        // A raw target is sparse; what is required is its length.
        let measured: Measure = try Self.decode(output)
        let required =
            targetFormat == .raw ? min(measured.required, facts.actualSize ?? measured.required) : measured.required
        try Self.require(required, in: folder)
    }

    private static func require(_ required: ByteCount, in folder: String) throws(MartletError) {
        let available = try Folder.freeSpace(folder)
        guard available >= required else {
            throw MartletError(
                .insufficientSpace, "'\(folder)' has \(available) left, and the disk takes \(required); make room")
        }
    }

    func confinement(
        _ user: UserAccount?, processorTime: Duration, fileSize: ByteCount
    ) -> Confinement {
        Confinement(user: user, memory: Self.memory, processorTime: processorTime, fileSize: fileSize, folder: root)
    }

    /// A file that another lies over.
    package struct ChainFile: Sendable, Hashable {
        package var path: String
        package var format: ImageFormat

        package init(path: String, format: ImageFormat) {
            self.path = path
            self.format = format
        }
    }

    /// The image as a block node: with drivers that are told, not guessed, and over no other files than known ones.
    func node(_ path: String, _ format: ImageFormat, over chain: [ChainFile] = []) -> String {
        "json:\(tree([ChainFile(path: path, format: format)] + chain).text)"
    }

    private func tree(_ files: [ChainFile]) -> JSONText {
        guard let first = files.first else { return nil }
        let file: JSONText = ["driver": "file", "filename": .string(relative(first.path))]
        guard first.format == .qcow2 || first.format == .vmdk else {
            return ["driver": .string(first.format.driver), "file": file]
        }
        return [
            "driver": .string(first.format.driver), "backing": tree(Array(files.dropFirst())), "file": file,
        ]
    }

    func relative(_ path: String) -> String {
        let prefix = root.hasSuffix("/") ? root : root + "/"
        return path.hasPrefix(prefix) ? "./" + path.dropFirst(prefix.count) : path
    }

    private static func plain(_ length: Int64, _ name: String) throws(MartletError) -> Facts {
        let size = ByteCount(bytes: (length + 511) / 512 * 512)
        try check(size, name)
        return Facts(virtualSize: size, actualSize: ByteCount(bytes: length))
    }

    private static func check(_ size: ByteCount, _ name: String) throws(MartletError) {
        guard size.bytes > 0, size.bytes <= VirtualMachineRules.diskCapacity.upperBound else {
            throw MartletError(
                .invalidArgument,
                "'\(name)' says that it has a capacity of \(size); a disk has at most 64 TiB")
        }
    }

    private static func unreadable(_ name: String, _ format: ImageFormat, _ error: MartletError) -> MartletError {
        let said = error.details.first { $0.name == "output" }?.value ?? ""
        return MartletError(
            .invalidArgument,
            "'\(name)' can't be read as a \(format) image; it is damaged, cut short, or in need of more than an image is given",
            details: [.init("output", said)], cause: error
        )
    }

    /// Reads `    (12.34/100%)`.
    static func progress(_ line: String) -> Double? {
        guard let open = line.firstIndex(of: "("), let slash = line.firstIndex(of: "/"), open < slash,
            let percent = Double(line[line.index(after: open)..<slash])
        else { return nil }
        return min(max(percent / 100, 0), 1)
    }
}
