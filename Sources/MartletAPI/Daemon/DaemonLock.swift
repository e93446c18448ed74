import Glibc
import MartletLinux
package import MartletModel

/// The exclusive lock on a root: while it is held, no other daemon works there. The kernel lets go of it when the process ends.
package struct DaemonLock: ~Copyable, Sendable {
    private let descriptor: Int32

    /// Takes the lock, or refuses at once; the file keeps the holder's process id for people.
    ///
    /// - Throws: `inUse` when another daemon holds it; `forbidden`, `ioFailed`.
    package init(path: String) throws(MartletError) {
        let number = open(path, O_RDWR | O_CREAT | O_CLOEXEC | O_NOFOLLOW, 0o600)
        if number < 0 { throw .system(errno, "open the lock '\(path)'") }
        guard flock(number, LOCK_EX | LOCK_NB) == 0 else {
            let failure = errno
            let holder = Self.holder(number)
            close(number)
            if failure != EWOULDBLOCK { throw .system(failure, "lock '\(path)'") }
            throw MartletError(
                .inUse,
                "another martletd\(holder.map { " (process \($0))" } ?? "") works on this root already; end it first, or use another --root",
                details: [.init("lock", path)]
            )
        }
        descriptor = number
        let text = Array("\(getpid())\n".utf8)
        // Who holds it is a help for people and no more: the lock holds without it.
        if ftruncate(number, 0) == 0 { _ = pwrite(number, text, text.count, 0) }
    }

    deinit { close(descriptor) }

    private static func holder(_ descriptor: Int32) -> Int32? {
        var buffer = [UInt8](repeating: 0, count: 16)
        let count = pread(descriptor, &buffer, buffer.count, 0)
        guard count > 0 else { return nil }
        return Int32(String(decoding: buffer.prefix(count), as: UTF8.self).prefix { $0.isNumber })
    }
}
