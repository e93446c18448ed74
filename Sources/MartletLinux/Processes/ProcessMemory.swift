import CMartletLinux
import Glibc
package import MartletModel

/// What memory processes have.
package enum ProcessMemory {
    /// How much shared memory another process has in use, a guest's among it; nil when that can't be read.
    package static func shared(of processID: Int32) -> ByteCount? {
        guard let status = try? BoundedFile.readText("/proc/\(processID)/status"),
            let line = status.split(separator: "\n").first(where: { $0.hasPrefix("RssShmem:") }),
            let kibibytes = line.split(separator: " ").dropFirst().first.flatMap({ Int64($0) })
        else { return nil }
        return ByteCount(bytes: kibibytes << 10)
    }

    /// Gives back to the system what only the start of this process needed: freed heap, and the pages of program text that were read once.
    ///
    /// Text that is needed again is read again, mostly from the page cache. Blocks for milliseconds; meant for once, when the start is over.
    package static func trim() {
        trimHeap()
        guard let maps = try? BoundedFile.readText("/proc/self/maps", limit: 4 << 20) else { return }
        for range in maps.split(separator: "\n").compactMap(textRange) {
            // Executable mappings of a file are never written to (no text relocations in what we link), so there is nothing to lose.
            madvise(UnsafeMutableRawPointer(bitPattern: range.lowerBound), range.count, MADV_DONTNEED)
        }
    }

    /// Gives freed heap back to the system, which glibc by itself does only where it ends. Blocks for milliseconds.
    package static func trimHeap() { malloc_trim(0) }

    /// The addresses of a line of `/proc/self/maps` that maps a file's text privately; nil for every other line.
    static func textRange(_ line: Substring) -> Range<UInt>? {
        let fields = line.split(separator: " ", omittingEmptySubsequences: true)
        guard fields.count >= 6, fields[1] == "r-xp", fields[5].hasPrefix("/") else { return nil }
        let bounds = fields[0].split(separator: "-").compactMap { UInt($0, radix: 16) }
        guard bounds.count == 2, bounds[0] < bounds[1] else { return nil }
        return bounds[0]..<bounds[1]
    }
}
