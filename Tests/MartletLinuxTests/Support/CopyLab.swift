import Glibc
import MartletModel
import Synchronization

@testable import MartletLinux

/// Copies between two folders of a scratch folder, with all that is said kept.
struct CopyLab {
    let folder: String
    var source: String { "\(folder)/source" }
    var target: String { "\(folder)/target" }

    init(_ folder: String) throws {
        self.folder = folder
        // The other side of a copy that is given up is gone, and a write to it says so.
        signal(SIGPIPE, SIG_IGN)
        try Folder.make("\(folder)/target", mode: 0o755)
    }

    struct Outcome: Sendable {
        var sent: Result<CopySummary, MartletError>
        var received: Result<CopySummary, MartletError>
        /// What the sender said.
        var stream: [UInt8]
    }

    /// Copies a path into the target.
    func copy(_ path: String? = nil, options: CopyReceiver.Options = .init()) async throws -> Outcome {
        let (path, target) = (path ?? source, target)
        let (first, second, back) = (try Pipe(), try Pipe(), try Pipe())
        async let sent = BlockingWork.run { () throws(MartletError) in
            Result { () throws(MartletError) in
                defer { first.closeWriting() }
                return try CopySender(path: path, input: back.reading, output: first.writing).run()
            }
        }
        async let received = BlockingWork.run { () throws(MartletError) in
            Result { () throws(MartletError) in
                defer {
                    back.closeWriting()
                    second.closeReading()
                }
                return try CopyReceiver(target: target, options: options, input: second.reading, output: back.writing)
                    .run()
            }
        }
        async let stream = BlockingWork.run { () throws(MartletError) in
            defer { second.closeWriting() }
            return first.pass(to: second)
        }
        return try await Outcome(sent: sent, received: received, stream: stream)
    }

    /// Receives a stream that was made or cut by hand.
    func receive(_ stream: [UInt8], options: CopyReceiver.Options = .init()) throws -> Result<CopySummary, MartletError>
    {
        let path = "\(folder)/stream"
        try AtomicFile.write(stream, to: path, mode: 0o600)
        let (input, output) = (open(path, O_RDONLY), open("/dev/null", O_WRONLY))
        defer {
            close(input)
            close(output)
        }
        return Result { () throws(MartletError) in
            try CopyReceiver(target: target, options: options, input: input, output: output).run()
        }
    }

    static func stream(_ records: [CopyRecord]) -> [UInt8] { CopyChannel.magic + records.flatMap(\.encoded) }

    /// A line for each thing below a path: name, kind, mode, time, contents.
    static func picture(_ path: String) throws -> [String] {
        let folder = open(path, O_RDONLY | O_DIRECTORY)
        defer { close(folder) }
        return try CopyFile.names(folder, shown: path).flatMap { name -> [String] in
            var status = stat()
            _ = CopyFile.with(name) { fstatat(folder, $0, &status, AT_SYMLINK_NOFOLLOW) }
            let head =
                "\(name) \(String(status.st_mode, radix: 8)) \(status.st_uid) \(status.st_mtim.tv_sec).\(status.st_mtim.tv_nsec)"
            switch status.st_mode & S_IFMT {
            case S_IFDIR:
                let below = try picture("\(path)/\(CopyFile.shown(name))")
                return [head] + below.map { "  \($0)" }
            case S_IFREG:
                let file = CopyFile.open(folder, name, O_RDONLY)
                defer { close(file) }
                return ["\(head) \(status.st_size) \(CopyFile.digest(file, count: UInt64(status.st_size)) ?? [])"]
            default:
                var target = [CChar](repeating: 0, count: 4_096)
                let count = CopyFile.with(name) { readlinkat(folder, $0, &target, target.count) }
                return ["\(head) -> \(target.prefix(max(0, count)))"]
            }
        }
    }
}

/// A pipe with ends that are closed one by one.
final class Pipe: Sendable {
    let reading: CInt
    let writing: CInt
    private let open = Mutex((reading: true, writing: true))

    init() throws {
        var ends: [CInt] = [-1, -1]
        guard pipe(&ends) == 0 else { throw MartletError.system(errno, "make a pipe") }
        (reading, writing) = (ends[0], ends[1])
    }

    deinit {
        closeReading()
        closeWriting()
    }

    func closeReading() {
        open.withLock {
            if $0.reading { close(reading) }
            $0.reading = false
        }
    }
    func closeWriting() {
        open.withLock {
            if $0.writing { close(writing) }
            $0.writing = false
        }
    }

    /// Hands on everything until the end, and returns it.
    func pass(to other: Pipe) -> [UInt8] {
        var all: [UInt8] = []
        var piece = [UInt8](repeating: 0, count: 65_536)
        while case let count = read(reading, &piece, piece.count), count > 0 {
            all += piece[..<count]
            if write(other.writing, piece, count) < 0 { break }
        }
        closeReading()
        return all
    }
}
