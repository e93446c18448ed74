import CMartletLinux
import Glibc
package import MartletModel

/// A pipe whose writer stands still at its first byte until somebody opens it.
///
/// It is made full: it holds one page, and that is filled. Opened, it passes all that comes into a file.
package final class GatedPipe: Sendable {
    private static let page = 4_096
    /// Of an opened pipe, in bytes; the most that an unprivileged process may ask for.
    private static let capacity: Int32 = 1 << 20

    private let reader: OwnedDescriptor
    /// For the writer: to be handed over and then closed with `closeWriter`, so that the pipe ends when the writer does.
    package let writer: Int32

    /// - Throws: by errno's table.
    package init() throws(MartletError) {
        var ends: [Int32] = [0, 0]
        if martlet_pipe(&ends) != 0 { throw .system(errno, "make a pipe") }
        reader = OwnedDescriptor(ends[0])
        writer = ends[1]
        let junk = [UInt8](repeating: 0, count: Self.page)
        guard fcntl(writer, MARTLET_F_SETPIPE_SZ, Int32(Self.page)) == Int32(Self.page),
            write(writer, junk, junk.count) == junk.count
        else {
            let number = errno
            close(writer)
            throw .system(number, "fill a pipe")
        }
    }

    package func closeWriter() { close(writer) }

    /// Lets the writer go on, and passes what it writes to where the file stands; blocks until the writer has closed the pipe.
    ///
    /// - Returns: how many bytes came, and their CRC-32C.
    /// - Throws: by errno's table, as `insufficientSpace`; the writer meets a pipe that nobody reads when this pipe is let go.
    package func pass(to file: StreamFile) throws(MartletError) -> (size: Int64, checksum: UInt32) {
        var buffer = [UInt8](repeating: 0, count: Int(Self.capacity))
        var junk = Self.page
        while junk > 0 {
            let got = try read(&buffer, atMost: junk)
            if got == 0 { throw MartletError(.ioFailed, "a pipe ended before its beginning") }
            junk -= got
        }
        _ = fcntl(reader.number, MARTLET_F_SETPIPE_SZ, Self.capacity)
        var size: Int64 = 0
        var checksum = CRC32C()
        while true {
            let got = try read(&buffer, atMost: buffer.count)
            if got == 0 { return (size, checksum.value) }
            // The pointer is used before the closure returns.
            buffer.withUnsafeBytes { checksum.update(UnsafeRawBufferPointer(rebasing: $0[..<got])) }
            try file.append(buffer, count: got)
            size += Int64(got)
        }
    }

    private func read(_ buffer: inout [UInt8], atMost count: Int) throws(MartletError) -> Int {
        while true {
            let got = Glibc.read(reader.number, &buffer, count)
            if got < 0 && errno == EINTR { continue }
            if got < 0 { throw .system(errno, "read a guest's state") }
            return got
        }
    }
}
