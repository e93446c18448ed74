import CMartletLinux
import Glibc
import MartletModel

/// A file descriptor that is closed when its owner goes out of scope.
struct OwnedDescriptor: ~Copyable {
    let number: Int32

    init(_ number: Int32) { self.number = number }

    deinit { close(number) }

    /// Hands the descriptor over: closing it is the caller's task from here on.
    consuming func release() -> Int32 {
        let number = number
        discard self
        return number
    }

    /// Opens a file with `O_CLOEXEC`.
    ///
    /// - Throws: by errno's table, naming the path.
    static func open(_ path: String, _ flags: Int32, mode: mode_t = 0) throws(MartletError) -> OwnedDescriptor {
        let number = Glibc.open(path, flags | O_CLOEXEC, mode)
        if number < 0 { throw .system(errno, "open '\(path)'") }
        return OwnedDescriptor(number)
    }

    /// Writes all the bytes, whatever the kernel takes at once.
    ///
    /// - Throws: by errno's table, naming `subject`.
    func write(_ bytes: [UInt8], shown subject: String) throws(MartletError) {
        var written = 0
        while written < bytes.count {
            // The pointer stays inside the array, and is used before the closure returns.
            let count = bytes.withUnsafeBytes {
                Glibc.write(number, $0.baseAddress.map { $0 + written }, $0.count - written)
            }
            if count < 0 && errno == EINTR { continue }
            if count < 0 { throw .system(errno, "write \(subject)") }
            written += count
        }
    }

    /// A duplicate of `descriptor` with `O_CLOEXEC`, numbered `lowest` or more.
    ///
    /// - Throws: by errno's table; `ioFailed` for a descriptor that isn't open.
    static func duplicate(_ descriptor: Int32, lowest: Int32) throws(MartletError) -> OwnedDescriptor {
        let number = martlet_duplicate_above(descriptor, lowest)
        if number < 0 { throw .system(errno, "duplicate descriptor \(descriptor)") }
        return OwnedDescriptor(number)
    }
}
