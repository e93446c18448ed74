import CMartletLinux

/// A checksum of what is sent of a file: its size, the bytes and their places. Finds damage, not deceit.
///
/// Two sums of words, and no CRC: a guest whose processor is emulated computes a CRC bit by bit, even by the instruction, which took it
/// a third of a copy's time.
struct CopyChecksum {
    private var sums = martlet_sums(words: 0, sums: 0)

    init(size: UInt64) { update(size, []) }

    mutating func update(_ offset: UInt64, _ bytes: [UInt8]) {
        // With the count, so that zeros at the end count too.
        for number in [offset, UInt64(bytes.count)] {
            sums.words &+= number
            sums.sums &+= sums.words
        }
        // The pointer is used before the closure returns.
        bytes.withUnsafeBytes { bytes in
            guard let start = bytes.bindMemory(to: UInt8.self).baseAddress else { return }
            martlet_sum(&sums, start, bytes.count)
        }
    }

    /// Both sums, one turned by half so that equal ones don't cancel each other out.
    var value: UInt64 { sums.sums ^ (sums.words << 32 | sums.words >> 32) }
}
