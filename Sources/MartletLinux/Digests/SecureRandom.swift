import CMartletLinux
import Glibc
package import MartletModel

/// The kernel's random numbers, fit for keys and tokens.
package enum SecureRandom {
    /// `count` random bytes. Blocks only in the first moments after a boot.
    ///
    /// - Throws: `unsupported` on a kernel without `getrandom`.
    package static func bytes(_ count: Int) throws(MartletError) -> [UInt8] {
        var bytes = [UInt8](repeating: 0, count: count)
        var filled = 0
        while filled < count {
            // It writes at most the bytes that are left.
            let got = bytes.withUnsafeMutableBytes { buffer in
                getrandom(UnsafeMutableRawBufferPointer(rebasing: buffer[filled...]).baseAddress, count - filled, 0)
            }
            if got < 0 && errno == EINTR { continue }
            if got < 0 { throw .system(errno, "get random bytes") }
            filled += got
        }
        return bytes
    }

    /// Random bytes as twice as many hexadecimal digits.
    ///
    /// - Throws: as `bytes`.
    package static func hex(byteCount: Int) throws(MartletError) -> String { Hexadecimal.text(try bytes(byteCount)) }
}
