import MartletLinux
import MartletModel

/// The checksum of a stream that is still being written: it follows behind, so that at the end little is left to read.
actor StreamSum {
    private let file: StreamFile
    private var checksum = CRC32C()
    private var offset: Int64 = 0

    init(_ file: StreamFile) { self.file = file }

    /// Takes in what has been written until now. The writer only appends.
    ///
    /// - Returns: the size and the checksum of all that was taken in.
    /// - Throws: `ioFailed`.
    @discardableResult
    func follow() async throws(MartletError) -> (size: Int64, checksum: UInt32) {
        let (file, from, before) = (file, offset, checksum)
        let (end, after) = try await BlockingWork.run { () throws(MartletError) -> (Int64, CRC32C) in
            let end = try file.streamSize()
            var sum = before
            try file.sum(&sum, from: from, to: end)
            return (end, sum)
        }
        // Nobody calls it twice at once: its owner waits for each call.
        if offset == from { (offset, checksum) = (end, after) }
        return (offset, checksum.value)
    }
}
