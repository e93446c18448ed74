import Glibc
package import MartletModel

/// Reads small files whole, and refuses those that are larger than expected.
package enum BoundedFile {
    /// The file's bytes; files under `/proc`, which say they are empty, too. `limit` is in bytes.
    ///
    /// Blocks on the disk.
    /// - Throws: `notFound`, `forbidden`; `tooLarge` for more than `limit` bytes; `ioFailed`.
    package static func read(_ path: String, limit: Int = 1 << 20) throws(MartletError) -> [UInt8] {
        try read(try OwnedDescriptor.open(path, O_RDONLY), path, limit: limit)
    }

    private static func read(
        _ file: consuming OwnedDescriptor, _ path: String, limit: Int
    ) throws(MartletError) -> [UInt8] {
        var bytes: [UInt8] = []
        while true {
            let chunk = try readChunk(file, path: path)
            if chunk.isEmpty { return bytes }
            bytes += chunk
            if bytes.count > limit {
                throw MartletError(.tooLarge, "'\(path)' has more than \(limit) bytes; expected a small file")
            }
        }
    }

    /// The bytes of a regular file that somebody else may have put there: no link is followed in the last part of the path, and neither a
    /// pipe nor a second name of another file is read.
    ///
    /// - Throws: `notFound`, `forbidden`; `invalidArgument` for anything else than a regular file; `tooLarge`, `ioFailed`.
    package static func readRegular(_ path: String, limit: Int) throws(MartletError) -> [UInt8] {
        let file = try OwnedDescriptor.open(path, O_RDONLY | O_NOFOLLOW | O_NONBLOCK)
        var status = stat()
        if fstat(file.number, &status) != 0 { throw .system(errno, "look at '\(path)'") }
        guard status.st_mode & S_IFMT == S_IFREG, status.st_nlink == 1 else {
            throw MartletError(.invalidArgument, "'\(path)' is not a regular file with one name")
        }
        return try read(file, path, limit: limit)
    }

    /// The file's text; bytes that aren't UTF-8 are replaced.
    ///
    /// - Throws: as `read`.
    package static func readText(_ path: String, limit: Int = 1 << 20) throws(MartletError) -> String {
        String(decoding: try read(path, limit: limit), as: UTF8.self)
    }

    /// The file's last `count` bytes, or all of it when it is shorter. A link in the last part of the path isn't followed.
    ///
    /// - Throws: `notFound`, `forbidden`, `ioFailed`.
    package static func tail(_ path: String, count: Int) throws(MartletError) -> [UInt8] {
        let file = try OwnedDescriptor.open(path, O_RDONLY | O_NOFOLLOW)
        let end = lseek(file.number, 0, SEEK_END)
        if end < 0 || lseek(file.number, max(0, end - count), SEEK_SET) < 0 {
            throw .system(errno, "seek in '\(path)'")
        }
        var bytes: [UInt8] = []
        while bytes.count < count {
            let chunk = try readChunk(file, path: path)
            if chunk.isEmpty { break }
            bytes += chunk
        }
        return Array(bytes.prefix(count))
    }

    private static func readChunk(_ file: borrowing OwnedDescriptor, path: String) throws(MartletError) -> [UInt8] {
        let number = file.number
        var failure: Int32 = 0
        let chunk = [UInt8](unsafeUninitializedCapacity: 16384) { buffer, count in
            var got: Int
            repeat { got = Glibc.read(number, buffer.baseAddress, buffer.count) } while got < 0 && errno == EINTR
            failure = got < 0 ? errno : 0
            count = max(0, got)
        }
        if failure != 0 { throw .system(failure, "read '\(path)'") }
        return chunk
    }
}
