import Glibc
package import MartletModel

/// A file that another process fills or reads through a descriptor: room for a header of ours, then that process's stream.
///
/// Descriptor and position are shared with whoever was handed it.
package final class StreamFile: Sendable {
    /// Where the stream begins.
    package static let headerSize = 4_096

    private let descriptor: OwnedDescriptor
    private let path: String

    package var number: Int32 { descriptor.number }

    private init(_ descriptor: consuming OwnedDescriptor, path: String) {
        self.descriptor = descriptor
        self.path = path
    }

    /// Makes the file, which must not be there, for our user alone, and stands where the stream begins.
    ///
    /// - Throws: `alreadyExists`; by errno's table.
    package static func make(_ path: String) throws(MartletError) -> StreamFile {
        let flags = O_RDWR | O_CREAT | O_EXCL | O_NOFOLLOW
        let file = StreamFile(try OwnedDescriptor.open(path, flags, mode: 0o600), path: path)
        try file.seek(headerSize)
        return file
    }

    /// Opens the file, to be written further (`forWriting`) or read, and stands where the stream begins.
    ///
    /// - Throws: by errno's table.
    package static func open(_ path: String, forWriting: Bool = false) throws(MartletError) -> StreamFile {
        let flags = (forWriting ? O_RDWR : O_RDONLY) | O_NOFOLLOW
        let file = StreamFile(try OwnedDescriptor.open(path, flags), path: path)
        try file.seek(headerSize)
        return file
    }

    /// How many bytes the stream has now.
    ///
    /// - Throws: by errno's table.
    package func streamSize() throws(MartletError) -> Int64 {
        var status = stat()
        if fstat(number, &status) != 0 { throw .system(errno, "look at '\(path)'") }
        return max(0, Int64(status.st_size) - Int64(Self.headerSize))
    }

    /// How far in the stream whoever was handed the descriptor stands.
    package func position() -> Int64 { max(0, Int64(lseek(number, 0, SEEK_CUR)) - Int64(Self.headerSize)) }

    /// Goes on with the checksum of the stream, from `offset` to `end`; moves nobody's position. Blocks on the disk.
    ///
    /// - Throws: `ioFailed`, also for a stream that ends earlier.
    package func sum(_ checksum: inout CRC32C, from offset: Int64, to end: Int64) throws(MartletError) {
        var buffer = [UInt8](repeating: 0, count: 1 << 20)
        var offset = offset
        while offset < end {
            let wanted = min(buffer.count, Int(end - offset))
            let got = pread(number, &buffer, wanted, off_t(offset) + off_t(Self.headerSize))
            if got < 0 && errno == EINTR { continue }
            if got < 0 { throw .system(errno, "read '\(path)'") }
            if got == 0 { throw MartletError(.ioFailed, "'\(path)' ends before its end") }
            // The pointer is used before the closure returns.
            buffer.withUnsafeBytes { checksum.update(UnsafeRawBufferPointer(rebasing: $0[..<got])) }
            offset += Int64(got)
        }
    }

    /// Writes the header and puts the whole file on the disk. Blocks on it.
    ///
    /// - Throws: `tooLarge` for a header of more than `headerSize` bytes; by errno's table.
    package func complete(header: [UInt8]) throws(MartletError) {
        guard header.count <= Self.headerSize else {
            throw MartletError(.tooLarge, "a header of \(header.count) bytes has no room in '\(path)'")
        }
        let bytes = header + [UInt8](repeating: 0, count: Self.headerSize - header.count)
        if pwrite(number, bytes, bytes.count, 0) != bytes.count { throw .system(errno, "write '\(path)'") }
        if fsync(number) != 0 { throw .system(errno, "write '\(path)'") }
    }

    /// - Throws: by errno's table.
    package func header() throws(MartletError) -> [UInt8] {
        var bytes = [UInt8](repeating: 0, count: Self.headerSize)
        let got = pread(number, &bytes, bytes.count, 0)
        if got < 0 { throw .system(errno, "read '\(path)'") }
        return Array(bytes.prefix(got))
    }

    private func seek(_ offset: Int) throws(MartletError) {
        if lseek(number, off_t(offset), SEEK_SET) < 0 { throw .system(errno, "seek in '\(path)'") }
    }
}
