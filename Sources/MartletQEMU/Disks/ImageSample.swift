import Glibc
import MartletLinux
import MartletModel

/// The parts of an image's file by which its format is known and by which it could name other files.
struct ImageSample: Sendable {
    /// As far as an ISO's descriptor and a VMDK's usual one reach.
    static let headLength = 64 << 10
    static let footLength = 512

    /// The first bytes.
    var head: [UInt8]
    /// The last 512 bytes; none of a file that is shorter.
    var foot: [UInt8]
    /// The file's length.
    var length: Int64

    /// Reads a regular file. What the path's last part leads to is taken, a FIFO or a device is never opened for longer
    /// than it takes to see that it is one.
    ///
    /// Blocks on the disk.
    /// - Throws: `invalidArgument` for anything but a regular file; `notFound`, `forbidden`, `ioFailed`.
    init(path: String) throws(MartletError) {
        // Not blocking: opening a FIFO that nobody writes to would never return.
        let number = open(path, O_RDONLY | O_CLOEXEC | O_NONBLOCK | O_NOCTTY)
        guard number >= 0 else { throw .system(errno, "open '\(path)'") }
        defer { close(number) }
        var status = stat()
        guard fstat(number, &status) == 0 else { throw .system(errno, "look at '\(path)'") }
        guard status.st_mode & S_IFMT == S_IFREG else {
            throw MartletError(.invalidArgument, "'\(path)' is not a regular file; name a file with an image in it")
        }
        length = Int64(status.st_size)
        head = try Self.bytes(number, at: 0, count: Self.headLength, path)
        foot =
            length >= Int64(Self.footLength)
            ? try Self.bytes(number, at: length - Int64(Self.footLength), count: Self.footLength, path) : []
    }

    init(head: [UInt8], foot: [UInt8] = [], length: Int64? = nil) {
        self.head = head
        self.foot = foot
        self.length = length ?? Int64(head.count)
    }

    private static func bytes(
        _ number: Int32, at offset: Int64, count: Int, _ path: String
    ) throws(MartletError) -> [UInt8] {
        var bytes = [UInt8](repeating: 0, count: count)
        var filled = 0
        while filled < count {
            // It writes at most the bytes that are left.
            let got = bytes.withUnsafeMutableBytes {
                pread(number, $0.baseAddress.map { $0 + filled }, count - filled, off_t(offset) + off_t(filled))
            }
            if got < 0 && errno == EINTR { continue }
            guard got >= 0 else { throw .system(errno, "read '\(path)'") }
            if got == 0 { break }
            filled += got
        }
        return Array(bytes.prefix(filled))
    }

    /// The backing file that a qcow2 header names; nil for none. A name that lies outside the first 64 KiB, where QEMU
    /// never puts it, is shown as empty.
    var backingFile: String? {
        let (offset, count) = (big64(8), big32(16))
        if offset == 0 && count == 0 { return nil }
        guard offset < UInt64(head.count), count <= 1023 else { return "" }
        return String(decoding: head.dropFirst(Int(offset)).prefix(Int(count)), as: UTF8.self)
    }

    // MARK: Reading numbers; 0 past the end

    func big32(_ offset: Int) -> UInt32 {
        head.dropFirst(offset).prefix(4).reduce(0) { $0 << 8 | UInt32($1) }
    }

    func big64(_ offset: Int) -> UInt64 {
        head.dropFirst(offset).prefix(8).reduce(0) { $0 << 8 | UInt64($1) }
    }

    func little64(_ offset: Int) -> UInt64 {
        head.dropFirst(offset).prefix(8).reversed().reduce(0) { $0 << 8 | UInt64($1) }
    }

    func has(_ text: String, at offset: Int) -> Bool { head.dropFirst(offset).starts(with: Array(text.utf8)) }

    func has(_ bytes: [UInt8], at offset: Int) -> Bool { head.dropFirst(offset).starts(with: bytes) }
}
