import Glibc
package import MartletModel

/// A log that never takes more than twice its limit: when it is full it becomes `<path>.1`, and a new one begins.
///
/// For one writer; the calls block on the disk's cache alone, nothing is synced.
package final class BoundedLog: Sendable {
    private let path: String
    private let limit: Int

    /// - Parameter limit: in bytes, for each of the two files.
    /// - Throws: `forbidden`, `ioFailed` when the file can't be made.
    package init(path: String, limit: Int) throws(MartletError) {
        self.path = path
        self.limit = limit
        _ = try open()
    }

    /// - Throws: `insufficientSpace`, `ioFailed`; then a part of the bytes may have been written.
    package func append(_ bytes: [UInt8]) throws(MartletError) {
        var file = try open()
        var status = stat()
        if fstat(file.number, &status) == 0, Int(status.st_size) + bytes.count > limit {
            if rename(path, "\(path).1") != 0 { throw .system(errno, "set the log '\(path)' aside") }
            file = try open()
        }
        try file.write(bytes, shown: "the log '\(path)'")
    }

    /// The last bytes; fewer if there are fewer, none if they can't be read.
    package func tail(_ count: Int) -> [UInt8] {
        let newest = (try? BoundedFile.tail(path, count: count)) ?? []
        guard newest.count < count else { return newest }
        let older = (try? BoundedFile.tail("\(path).1", count: count - newest.count)) ?? []
        return older + newest
    }

    private func open() throws(MartletError) -> OwnedDescriptor {
        let number = Glibc.open(path, O_WRONLY | O_CREAT | O_APPEND | O_NOFOLLOW | O_CLOEXEC, 0o600)
        if number < 0 { throw .system(errno, "open the log '\(path)'") }
        return OwnedDescriptor(number)
    }
}
