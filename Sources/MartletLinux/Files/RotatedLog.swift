import CMartletLinux
import Glibc
package import MartletModel

/// A log of lines in a few files of limited size: a full one becomes `<path>.1`, that one `<path>.2`, and the oldest goes.
///
/// Nobody but us can read it. For one writer; nothing is synced, so a power loss can take the last seconds' lines and nothing else
/// can. A line that could be written in part alone is taken back.
package final class RotatedLog: Sendable {
    private let path: String
    private let limit: Int
    private let kept: Int

    /// - Parameters:
    ///   - limit: in bytes, for each file.
    ///   - kept: how many full files are kept beside the one that is written to.
    package init(path: String, limit: Int, kept: Int) {
        self.path = path
        self.limit = limit
        self.kept = kept
    }

    /// The files that there may be, the newest first.
    package var paths: [String] { [path] + (1...max(1, kept)).map { "\(path).\($0)" } }

    /// Appends a line; `bytes` ends in a line feed.
    ///
    /// - Throws: `insufficientSpace`, `forbidden`, `ioFailed`; the log is then as it was.
    package func append(_ bytes: [UInt8]) throws(MartletError) {
        var file = try open()
        var size = try length(of: file)
        if size > 0, size + bytes.count > limit {
            try rotate()
            file = try open()
            size = try length(of: file)
        }
        do {
            try file.write(bytes, shown: "the log '\(path)'")
        } catch {
            ftruncate(file.number, off_t(size))
            throw error
        }
    }

    private func rotate() throws(MartletError) {
        let files = paths
        for (older, newer) in zip(files.dropFirst().reversed(), files.dropLast().reversed()) {
            if rename(newer, older) != 0, errno != ENOENT { throw .system(errno, "set the log '\(newer)' aside") }
        }
    }

    private func length(of file: borrowing OwnedDescriptor) throws(MartletError) -> Int {
        var status = stat()
        if fstat(file.number, &status) != 0 { throw .system(errno, "look at the log '\(path)'") }
        return Int(status.st_size)
    }

    private func open() throws(MartletError) -> OwnedDescriptor {
        let number = Glibc.open(path, O_WRONLY | O_CREAT | O_APPEND | O_NOFOLLOW | O_CLOEXEC, 0o600)
        if number < 0 { throw .system(errno, "open the log '\(path)'") }
        return OwnedDescriptor(number)
    }
}
