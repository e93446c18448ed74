import Glibc
package import MartletModel

/// Receives what a `CopySender` sends. All of it blocks: call it through `BlockingWork`.
///
/// What comes may be meant badly: nothing is written outside the target, no link in it is followed, and what is kept of the stream is bounded.
/// A file is under its name whole or not at all; what was there is replaced, in one step.
package final class CopyReceiver {
    package struct Options: Sendable {
        /// Whether files get the owner that they had, which root alone may give; otherwise they are ours.
        package var keepsOwner = geteuid() == 0
        /// Whether files may keep the bits that let them run as their owner. Not for what comes from a guest to its host.
        package var keepsSetID = false

        package init() {}
    }

    /// Files that are whole are put in place together: the disk is waited for once for all of them.
    private static let mostFinished = 64

    private enum Pending {
        case file(IncomingFile)
        /// One that can't be received: what comes of it is dropped.
        case dropped
        /// A folder that was left, to be given its attributes once the files asked about before are in it.
        case folder(IncomingFolder, CopyAttributes)
    }

    private let target: String
    private let options: Options
    private let channel: CopyChannel
    private let told: (CopyProgress) -> Void
    private let names = OwnerNames()
    /// nil for a folder that can't be received, and for all in it.
    private var folders: [(folder: IncomingFolder?, attributes: CopyAttributes)] = []
    private var hasRoot = false
    private var pending: [Pending] = []
    private var finished: [Pending] = []
    private var problems: [String] = []
    private var summary = CopyProgress()

    /// - Parameter target: a folder that is there, to copy into it; or the name that the copy gets.
    package init(
        target: String, options: Options = Options(), input: CInt, output: CInt,
        told: @escaping (CopyProgress) -> Void = { _ in }
    ) {
        self.target = target
        self.options = options
        self.told = told
        channel = CopyChannel(input: input, output: output)
    }

    /// - Throws: `unavailable` when the other side is gone, and then another copy goes on from what is there; what the other side says when it gives up;
    ///   `invalidArgument` for what is no copy; `insufficientSpace`; `notFound` without the target's folder.
    package func run() throws(MartletError) -> CopySummary {
        do throws(MartletError) {
            while try take(channel.receive()) {}
            try putInPlace()
            let summary = CopySummary(files: summary.files, bytes: summary.bytes, problems: problems)
            try channel.send(.done(files: summary.files, bytes: summary.bytes, problems: problems))
            try channel.flush()
            return summary
        } catch {
            for case .file(let file) in finished + pending { file.abandon(keeps: error.code == .unavailable) }
            try? channel.send(.failed(error.message))
            try? channel.flush()
            throw error
        }
    }

    /// - Returns: whether more comes.
    private func take(_ record: CopyRecord) throws(MartletError) -> Bool {
        switch record {
        case .folder(let name, let attributes): try enter(name, attributes)
        case .leave: try leave()
        case .file(let name, let attributes, let size): try offer(name, attributes, size)
        case .link(let name, let attributes, let target): try makeLink(name, attributes, target)
        case .begin(let offset): try onFile { file throws(MartletError) in try file.begin(offset) }
        case .data(let offset, let bytes):
            try onFile { file throws(MartletError) in try file.write(offset, bytes) }
            tell(bytes.count)
        case .fileEnd(let checksum): try endFile(checksum)
        case .fileFailed(let message):
            guard !pending.isEmpty else { throw CopyReader.malformed }
            if case .file(let file) = pending.removeFirst() { file.abandon(keeps: false) }
            problem(message)
            try advance()
        case .problem(let message): problem(message)
        case .failed(let message): throw MartletError(.unavailable, message)
        case .end:
            guard folders.isEmpty, pending.isEmpty else { throw CopyReader.malformed }
            return false
        case .have, .done: throw CopyReader.malformed
        }
        return true
    }

    /// Where the next name belongs; nil where nothing is received.
    private func place(_ name: CopyName) throws(MartletError) -> (folder: IncomingFolder, name: CopyName)? {
        if let last = folders.last { return last.folder.map { ($0, name) } }
        guard !hasRoot else { throw CopyReader.malformed }
        hasRoot = true
        let inside = open(target, O_RDONLY | O_DIRECTORY | O_CLOEXEC)
        if inside >= 0 { return (IncomingFolder(inside, path: target), name) }
        let failure = errno
        let parts = FilePathParts(target)
        guard !target.hasSuffix("/"), failure == ENOENT || failure == ENOTDIR, !["", ".", ".."].contains(parts.name)
        else {
            throw .system(failure, "copy into '\(target)'")
        }
        let folder = parts.folder.isEmpty ? (target.hasPrefix("/") ? "/" : ".") : parts.folder
        let outside = open(folder, O_RDONLY | O_DIRECTORY | O_CLOEXEC)
        if outside < 0 { throw .system(errno, "copy into the folder '\(folder)'") }
        return (IncomingFolder(outside, path: folder), Array(parts.name.utf8))
    }

    private func enter(_ name: CopyName, _ attributes: CopyAttributes) throws(MartletError) {
        guard folders.count <= CopySender.deepest else { throw CopyReader.malformed }
        guard let (parent, name) = try place(name) else { return folders.append((nil, attributes)) }
        let path = "\(parent.path)/\(CopyFile.shown(name))"
        _ = CopyFile.with(name) { mkdirat(parent.descriptor.number, $0, 0o700) }
        let number = CopyFile.open(parent.descriptor.number, name, O_RDONLY | O_DIRECTORY)
        if number < 0 { problem(MartletError.system(errno, "make the folder '\(path)'").message) }
        folders.append((number < 0 ? nil : IncomingFolder(number, path: path), attributes))
    }

    private func leave() throws(MartletError) {
        guard let (folder, attributes) = folders.popLast() else { throw CopyReader.malformed }
        if let folder { pending.append(.folder(folder, attributes)) }
        try advance()
    }

    private func offer(_ name: CopyName, _ attributes: CopyAttributes, _ size: UInt64) throws(MartletError) {
        guard pending.count < 4 * CopySender.mostAsked else { throw CopyReader.malformed }
        var answer = CopyRecord.have(offset: 0, isWhole: false, digest: [])
        if let (folder, name) = try place(name) {
            do throws(MartletError) {
                let file = try IncomingFile(folder, name, attributes, size: size)
                if file.offered > 0 { answer = .have(offset: file.offered, isWhole: file.isWhole, digest: file.digest) }
                pending.append(.file(file))
            } catch {
                problem(error.message)
                pending.append(.dropped)
            }
        } else {
            pending.append(.dropped)
        }
        try channel.send(answer)
    }

    private func makeLink(_ name: CopyName, _ attributes: CopyAttributes, _ target: [UInt8]) throws(MartletError) {
        guard let (folder, name) = try place(name) else { return }
        let number = folder.descriptor.number
        let temporary = IncomingFile.temporaryName(name)
        let isMade = CopyFile.with(temporary) { temporary in
            unlinkat(number, temporary, 0)
            guard CopyFile.with(target, { symlinkat($0, number, temporary) }) == 0 else { return false }
            if options.keepsOwner {
                let owner = names.owner(of: attributes)
                fchownat(number, temporary, owner.userID, owner.groupID, AT_SYMLINK_NOFOLLOW)
            }
            var times = attributes.times
            utimensat(number, temporary, &times, AT_SYMLINK_NOFOLLOW)
            return CopyFile.with(name) { renameat(number, temporary, number, $0) } == 0
        }
        if !isMade {
            problem(MartletError.system(errno, "make the link '\(folder.path)/\(CopyFile.shown(name))'").message)
        }
    }

    /// Does something with the file whose turn it is. One that fails is told and dropped; without room all fails.
    private func onFile(_ body: (IncomingFile) throws(MartletError) -> Void) throws(MartletError) {
        guard let first = pending.first else { throw CopyReader.malformed }
        guard case .file(let file) = first else { return }
        do throws(MartletError) {
            try body(file)
        } catch {
            guard error.code != .insufficientSpace, error.code != .invalidArgument else { throw error }
            file.abandon(keeps: false)
            problem(error.message)
            pending[0] = .dropped
        }
    }

    private func endFile(_ checksum: UInt64) throws(MartletError) {
        try onFile { file throws(MartletError) in
            let owner = options.keepsOwner ? names.owner(of: file.attributes) : nil
            try file.end(checksum, owner: owner, mode: mode(file.attributes))
        }
        let ended = pending.removeFirst()
        if case .file = ended { finished.append(ended) }
        try advance()
    }

    /// Folders whose files have all come are done too.
    private func advance() throws(MartletError) {
        while case .folder? = pending.first { finished.append(pending.removeFirst()) }
        if finished.count >= Self.mostFinished { try putInPlace() }
    }

    /// - Throws: `insufficientSpace`, `ioFailed` when the disk doesn't take what was written.
    private func putInPlace() throws(MartletError) {
        var changed: [CInt: IncomingFolder] = [:]
        for case .file(let file) in finished { try file.synchronize() }
        for item in finished {
            switch item {
            case .file(let file):
                do throws(MartletError) {
                    try file.commit()
                    summary.files += 1
                    summary.bytes += file.received
                    changed[file.folder.descriptor.number] = file.folder
                } catch {
                    file.abandon(keeps: false)
                    problem(error.message)
                }
            case .folder(let folder, let attributes):
                finish(folder, attributes)
                changed[folder.descriptor.number] = folder
            case .dropped: break
            }
        }
        finished = []
        for folder in changed.values where fsync(folder.descriptor.number) != 0 {
            throw .system(errno, "write the folder '\(folder.path)'")
        }
    }

    private func finish(_ folder: IncomingFolder, _ attributes: CopyAttributes) {
        let number = folder.descriptor.number
        var times = attributes.times
        let owner = options.keepsOwner ? names.owner(of: attributes) : nil
        let isDone = owner.map { fchown(number, $0.userID, $0.groupID) == 0 } ?? true
        if !isDone || fchmod(number, mode(attributes)) != 0 || futimens(number, &times) != 0 {
            problem(MartletError.system(errno, "give '\(folder.path)' its owner, mode and time").message)
        }
    }

    private func mode(_ attributes: CopyAttributes) -> UInt32 {
        options.keepsSetID ? attributes.mode : attributes.mode & ~0o6000
    }

    private func problem(_ text: String) {
        if problems.count < CopyRecord.mostProblems { problems.append(text) }
    }

    private func tell(_ count: Int) {
        guard case .file(let file)? = pending.first else { return }
        var progress = summary
        progress.path = file.path
        progress.size = file.size
        progress.place = file.place
        progress.bytes += file.received
        told(progress)
    }
}
