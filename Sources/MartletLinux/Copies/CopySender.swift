import CMartletLinux
import Glibc
package import MartletModel

/// Sends a file or a tree to a `CopyReceiver` over two descriptors. All of it blocks: call it through `BlockingWork`.
///
/// No link is followed below the path itself. What can't be read, or is neither a file, a folder nor a link, is told and left out.
package final class CopySender {
    /// Files that the receiver is asked about before the first of them is sent.
    static let mostAsked = 64
    static let deepest = 256

    private struct Asked {
        var file: SharedDescriptor
        var status: stat
        var path: String
    }

    private let path: String
    private let channel: CopyChannel
    private let told: (CopyProgress) -> Void
    private let names = OwnerNames()
    private var asked: [Asked] = []
    private var progress = CopyProgress()

    /// - Parameter told: called with each piece that was sent.
    package init(path: String, input: CInt, output: CInt, told: @escaping (CopyProgress) -> Void = { _ in }) {
        self.path = path
        self.told = told
        channel = CopyChannel(input: input, output: output)
    }

    /// - Throws: `notFound`, `forbidden` when there is nothing to send at the path; `unavailable` when the other side is gone; what the other side
    ///   says when it gives up; `invalidArgument` when it says nonsense.
    package func run() throws(MartletError) -> CopySummary {
        do throws(MartletError) {
            try sendRoot()
            while !asked.isEmpty { try sendOldest() }
            try channel.send(.end)
            guard case .done(let files, let bytes, let problems) = try answer() else { throw CopyReader.malformed }
            return CopySummary(files: files, bytes: bytes, problems: problems)
        } catch {
            // Why it gave up is the better reason than that it is gone.
            if error.code == .unavailable, case .failed(let message)? = try? channel.receive() {
                throw MartletError(.ioFailed, message)
            }
            try? channel.send(.failed(error.message))
            try? channel.flush()
            throw error
        }
    }

    private func sendRoot() throws(MartletError) {
        guard let real = realpath(path, nil) else { throw .system(errno, "copy '\(path)'") }
        defer { free(real) }
        let parts = FilePathParts(String(cString: real))
        // A link that somebody names is followed, and what is sent has the name that was given.
        let given = path.split(separator: "/").last.map(String.init) ?? ""
        let name = ["", ".", ".."].contains(given) ? (parts.name.isEmpty ? "root" : parts.name) : given
        let folder = SharedDescriptor(
            open(parts.folder.isEmpty ? "/" : parts.folder, O_RDONLY | O_DIRECTORY | O_CLOEXEC))
        if folder.number < 0 { throw .system(errno, "open the folder of '\(path)'") }
        let source = parts.name.isEmpty ? "." : parts.name
        try send(folder, Array(source.utf8), as: Array(name.utf8), path: path, depth: 0)
    }

    private func send(
        _ folder: SharedDescriptor, _ source: CopyName, as name: CopyName, path: String, depth: Int
    ) throws(MartletError) {
        var status = stat()
        guard CopyFile.with(source, { fstatat(folder.number, $0, &status, AT_SYMLINK_NOFOLLOW) }) == 0 else {
            return try pass(path, errno)
        }
        switch status.st_mode & S_IFMT {
        case S_IFDIR: try sendFolder(folder, source, as: name, path: path, depth: depth)
        case S_IFREG: try ask(folder, source, as: name, path: path)
        case S_IFLNK:
            var target = [UInt8](repeating: 0, count: 4_096)
            let count = CopyFile.with(source) { source in
                // The kernel writes at most what there is room for.
                target.withUnsafeMutableBytes { room in
                    readlinkat(
                        folder.number, source, room.assumingMemoryBound(to: CChar.self).baseAddress.unsafelyUnwrapped,
                        room.count)
                }
            }
            guard count > 0, count < target.count else { return try pass(path, errno) }
            try channel.send(.link(name, attributes(status), target: Array(target.prefix(count))))
        default: try problem("'\(path)' is a device, a pipe or a socket, and wasn't copied")
        }
    }

    private func sendFolder(
        _ folder: SharedDescriptor, _ source: CopyName, as name: CopyName, path: String, depth: Int
    ) throws(MartletError) {
        guard depth < Self.deepest else {
            return try problem("'\(path)' lies deeper than \(Self.deepest) folders, and wasn't copied")
        }
        let own = SharedDescriptor(CopyFile.open(folder.number, source, O_RDONLY | O_DIRECTORY))
        var status = stat()
        guard own.number >= 0, fstat(own.number, &status) == 0 else { return try pass(path, errno) }
        try channel.send(.folder(name, attributes(status)))
        do throws(MartletError) {
            for child in try CopyFile.names(own.number, shown: path) {
                try send(own, child, as: child, path: "\(path)/\(CopyFile.shown(child))", depth: depth + 1)
            }
        } catch  where error.details.first?.name == "errno" {
            try problem(error.message)
        }
        try channel.send(.leave)
    }

    private func ask(
        _ folder: SharedDescriptor, _ source: CopyName, as name: CopyName, path: String
    ) throws(MartletError) {
        let file = SharedDescriptor(CopyFile.open(folder.number, source, O_RDONLY))
        var status = stat()
        guard file.number >= 0, fstat(file.number, &status) == 0 else { return try pass(path, errno) }
        guard status.st_mode & S_IFMT == S_IFREG else {
            return try problem("'\(path)' was replaced while it was copied")
        }
        try channel.send(.file(name, attributes(status), size: UInt64(clamping: status.st_size)))
        asked.append(Asked(file: file, status: status, path: path))
        if asked.count >= Self.mostAsked { try sendOldest() }
    }

    private func sendOldest() throws(MartletError) {
        let next = asked[0]
        guard case .have(let offset, _, let digest) = try answer(), offset <= UInt64(clamping: next.status.st_size)
        else {
            throw CopyReader.malformed
        }
        asked.removeFirst()
        progress.path = next.path
        progress.size = UInt64(clamping: next.status.st_size)
        let start = offset > 0 && CopyFile.digest(next.file.number, count: offset) == digest ? offset : 0
        progress.bytes += start
        progress.place = start
        try channel.send(.begin(offset: start))
        var checksum = CopyChecksum(size: progress.size)
        if let failure = try sendContents(next, from: start, &checksum) {
            return try channel.send(.fileFailed(failure))
        }
        try channel.send(.fileEnd(checksum: checksum.value))
        progress.files += 1
        told(progress)
    }

    /// - Returns: why the file can't be sent; nil when it was.
    private func sendContents(
        _ next: Asked, from start: UInt64, _ checksum: inout CopyChecksum
    ) throws(MartletError) -> String? {
        let size = off_t(next.status.st_size)
        var place = off_t(start)
        while place < size {
            let data = lseek(next.file.number, place, SEEK_DATA)
            // Behind the last byte there is a hole only; a file system that knows no holes has data everywhere.
            if data < 0, errno == ENXIO { break }
            if data > place { place = min(data, size) }
            let hole = lseek(next.file.number, place, SEEK_HOLE)
            let end = hole > place ? min(hole, size) : size
            while place < end {
                guard let piece = Self.read(next.file.number, place, min(Int(end - place), CopyRecord.longestData))
                else {
                    return "'\(next.path)' can't be read: \(String(cString: strerror(errno)))"
                }
                if piece.isEmpty { return "'\(next.path)' became shorter while it was copied" }
                checksum.update(UInt64(place), piece)
                try channel.send(.data(offset: UInt64(place), piece))
                place += off_t(piece.count)
                progress.bytes += UInt64(piece.count)
                progress.place = UInt64(place)
                told(progress)
            }
        }
        var now = stat()
        guard fstat(next.file.number, &now) == 0, now.st_size == next.status.st_size,
            now.st_mtim.tv_sec == next.status.st_mtim.tv_sec, now.st_mtim.tv_nsec == next.status.st_mtim.tv_nsec
        else { return "'\(next.path)' was changed while it was copied" }
        return nil
    }

    private static func read(_ file: CInt, _ place: off_t, _ count: Int) -> [UInt8]? {
        var got = 0
        let bytes = [UInt8](unsafeUninitializedCapacity: count) { buffer, filled in
            repeat { got = pread(file, buffer.baseAddress, count, place) } while got < 0 && errno == EINTR
            filled = max(0, got)
        }
        return got < 0 ? nil : bytes
    }

    private func answer() throws(MartletError) -> CopyRecord {
        let record = try channel.receive()
        if case .failed(let message) = record { throw MartletError(.ioFailed, message) }
        return record
    }

    private func attributes(_ status: stat) -> CopyAttributes {
        CopyAttributes(
            mode: status.st_mode & 0o7777, userID: status.st_uid, groupID: status.st_gid,
            user: names.user(status.st_uid),
            group: names.group(status.st_gid), seconds: Int64(status.st_mtim.tv_sec),
            nanoseconds: UInt32(clamping: status.st_mtim.tv_nsec))
    }

    private func pass(_ path: String, _ failure: CInt) throws(MartletError) {
        try problem(MartletError.system(failure, "copy '\(path)'").message)
    }

    private func problem(_ text: String) throws(MartletError) { try channel.send(.problem(text)) }
}
