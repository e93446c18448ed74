import Glibc
package import MartletModel

/// A file of a fixed size, of which parts are read and written in place.
///
/// It is opened for each use, so that none is held open. What is written may be torn by a power loss: whoever reads must be able to tell.
package struct FixedFile: Sendable {
    /// Bytes and where they belong.
    package struct Part: Sendable {
        package var offset: Int
        package var bytes: [UInt8]

        package init(offset: Int, bytes: [UInt8]) {
            self.offset = offset
            self.bytes = bytes
        }
    }

    package let path: String
    /// In bytes.
    package let size: Int
    /// What it begins with.
    package let header: [UInt8]

    package init(path: String, size: Int, header: [UInt8]) {
        self.path = path
        self.size = size
        self.header = header
    }

    /// The bytes of a range; nil when there is no such file, or it is another one by its size or its header.
    ///
    /// - Throws: by errno's table.
    package func read(_ range: Range<Int>) throws(MartletError) -> [UInt8]? {
        guard FileEntry.exists(path) else { return nil }
        let file = try OwnedDescriptor.open(path, O_RDONLY | O_NOFOLLOW)
        guard try isOurs(file.number) else { return nil }
        return try bytes(of: file.number, range)
    }

    /// Writes parts; a file that isn't there, or is another one, is made anew with zeros elsewhere.
    ///
    /// - Returns: whether another file was in the way, and is lost.
    /// - Throws: by errno's table.
    package func write(_ parts: [Part]) throws(MartletError) -> Bool {
        let file = try OwnedDescriptor.open(path, O_RDWR | O_CREAT | O_NOFOLLOW, mode: 0o600)
        let isNew = lseek(file.number, 0, SEEK_END) == 0
        let isOther = if isNew { false } else { try !isOurs(file.number) }
        if isNew || isOther {
            guard ftruncate(file.number, 0) == 0, ftruncate(file.number, off_t(size)) == 0 else {
                throw .system(errno, "size '\(path)'")
            }
            try put(Part(offset: 0, bytes: header), file.number)
        }
        for part in parts { try put(part, file.number) }
        return isOther
    }

    private func isOurs(_ file: Int32) throws(MartletError) -> Bool {
        guard lseek(file, 0, SEEK_END) == size else { return false }
        return try bytes(of: file, 0..<header.count) == header
    }

    private func bytes(of file: Int32, _ range: Range<Int>) throws(MartletError) -> [UInt8] {
        var bytes = [UInt8](repeating: 0, count: range.count)
        var done = 0
        while done < bytes.count {
            // It writes at most the bytes that are left.
            let got = bytes.withUnsafeMutableBytes {
                pread(file, $0.baseAddress.map { $0 + done }, $0.count - done, off_t(range.lowerBound + done))
            }
            if got < 0 && errno == EINTR { continue }
            if got < 0 { throw .system(errno, "read '\(path)'") }
            if got == 0 { throw MartletError(.ioFailed, "'\(path)' became shorter while it was read") }
            done += got
        }
        return bytes
    }

    private func put(_ part: Part, _ file: Int32) throws(MartletError) {
        var done = 0
        while done < part.bytes.count {
            // The pointer stays inside the array, and is used before the closure returns.
            let count = part.bytes.withUnsafeBytes {
                pwrite(file, $0.baseAddress.map { $0 + done }, $0.count - done, off_t(part.offset + done))
            }
            if count < 0 && errno == EINTR { continue }
            if count < 0 { throw .system(errno, "write '\(path)'") }
            done += count
        }
    }
}
