import Glibc
package import MartletModel

/// The locks that QEMU's programs put on the file of an image they use, so that no two write to it at once.
///
/// They lock single bytes: from 100 on for what they do, from 200 on for what they let nobody else do (`RAW_LOCK_PERM_BASE` and
/// `RAW_LOCK_SHARED_BASE` in `block/file-posix.c` of QEMU 7.2), by locks of the open file (`F_OFD_SETLK`).
package enum ImageLock {
    /// `F_OFD_GETLK`, which `fcntl.h` declares for _GNU_SOURCE alone.
    private static let ask: Int32 = 36

    /// Who holds a lock.
    package struct Holder: Hashable, Sendable, CustomStringConvertible {
        package var processID: Int32
        package var program: String

        package var description: String { "\(program) (process \(processID))" }
    }

    /// Refuses a file that another program has locked. Blocks on the disk.
    ///
    /// - Throws: `inUse`, naming the file and, as far as `/proc` tells, who holds it; `notFound`, `forbidden`, `ioFailed`.
    package static func requireFree(_ path: String) throws(MartletError) {
        let file = try OwnedDescriptor.open(path, O_RDONLY | O_NONBLOCK)
        guard try isLocked(file.number, path) else { return }
        let holders = holders(of: file.number)
        let who = holders.isEmpty ? "another program" : holders.map(\.description).joined(separator: ", ")
        throw MartletError(
            .inUse, "'\(path)' is locked by \(who); end that first",
            details: [.init("file", path)] + holders.map { .init("holder", "\($0)") }
        )
    }

    private static func isLocked(_ number: Int32, _ path: String) throws(MartletError) -> Bool {
        var lock = flock()
        lock.l_type = Int16(F_WRLCK)
        lock.l_whence = Int16(SEEK_SET)
        lock.l_start = 100
        lock.l_len = 200
        if fcntl(number, ask, &lock) == 0 { return lock.l_type != Int16(F_UNLCK) }
        // File systems without locks have none to find.
        if errno == EINVAL || errno == ENOLCK || errno == EOPNOTSUPP { return false }
        throw .system(errno, "look at the locks of '\(path)'")
    }

    /// A lock of an open file has no process of its own (`/proc/locks` says -1), but `fdinfo` tells whose descriptor has it.
    private static func holders(of number: Int32) -> [Holder] {
        var wanted = stat()
        guard fstat(number, &wanted) == 0 else { return [] }
        let processes = ((try? FileEntry.names(in: "/proc")) ?? []).compactMap { Int32($0) }
        return processes.sorted().compactMap { processID in
            holds(processID, wanted) ? Holder(processID: processID, program: program(processID)) : nil
        }
    }

    private static func holds(_ processID: Int32, _ wanted: stat) -> Bool {
        let numbers = (try? FileEntry.names(in: "/proc/\(processID)/fd")) ?? []
        return numbers.contains { number in
            var found = stat()
            guard stat("/proc/\(processID)/fd/\(number)", &found) == 0, found.st_ino == wanted.st_ino,
                found.st_dev == wanted.st_dev,
                let text = try? BoundedFile.read("/proc/\(processID)/fdinfo/\(number)", limit: 1 << 16)
            else { return false }
            return String(decoding: text, as: UTF8.self).contains("OFDLCK")
        }
    }

    private static func program(_ processID: Int32) -> String {
        let bytes = (try? BoundedFile.read("/proc/\(processID)/comm", limit: 256)) ?? []
        let name = String(decoding: bytes, as: UTF8.self).filter { $0 != "\n" }
        return name.isEmpty ? "a program" : name
    }
}
