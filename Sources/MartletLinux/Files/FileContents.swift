import CMartletLinux
import Glibc
import MartletModel

/// Moves the bytes of one open file to another, the cheapest way that the file systems offer.
enum FileContents {
    static func copy(
        from: Int32,
        to: borrowing StagedFile,
        source: String,
        target: String
    ) throws(MartletError) {
        if martlet_clone_file(to.number, from) == 0 { return }
        // In the kernel as far as it goes; it leaves both files' positions where it stopped, and the plain copy goes on from there.
        while true {
            let copied = martlet_copy_file_range(from, to.number, 1 << 30)
            if copied > 0 || (copied < 0 && errno == EINTR) { continue }
            if copied < 0 && (errno == ENOSPC || errno == EDQUOT || errno == EIO) {
                throw .system(errno, "copy '\(source)' to '\(target)'")
            }
            break
        }
        try copyPlainly(from: from, to: to, source: source)
    }

    /// Also what ends a copy that the kernel said is complete: it says so of files under `/proc` without copying anything.
    private static func copyPlainly(from: Int32, to: borrowing StagedFile, source: String) throws(MartletError) {
        var buffer = [UInt8](repeating: 0, count: 1 << 17)
        while true {
            let got = read(from, &buffer, buffer.count)
            if got < 0 && errno == EINTR { continue }
            if got < 0 { throw .system(errno, "read '\(source)'") }
            if got == 0 { return }
            try to.write(Array(buffer[..<got]))
        }
    }
}
