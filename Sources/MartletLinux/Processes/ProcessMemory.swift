import CMartletLinux
import Glibc

/// The memory of this process itself.
package enum ProcessMemory {
    /// Gives back to the system what only the start needed: freed heap, and the pages of program text that were read once.
    ///
    /// Text that is needed again is read again, mostly from the page cache. Blocks for milliseconds; meant for once, when the start is over.
    package static func trim() {
        malloc_trim(0)
        guard let maps = try? BoundedFile.readText("/proc/self/maps", limit: 4 << 20) else { return }
        for range in maps.split(separator: "\n").compactMap(textRange) {
            // Executable mappings of a file are never written to (no text relocations in what we link), so there is nothing to lose.
            madvise(UnsafeMutableRawPointer(bitPattern: range.lowerBound), range.count, MADV_DONTNEED)
        }
    }

    /// The addresses of a line of `/proc/self/maps` that maps a file's text privately; nil for every other line.
    static func textRange(_ line: Substring) -> Range<UInt>? {
        let fields = line.split(separator: " ", omittingEmptySubsequences: true)
        guard fields.count >= 6, fields[1] == "r-xp", fields[5].hasPrefix("/") else { return nil }
        let bounds = fields[0].split(separator: "-").compactMap { UInt($0, radix: 16) }
        guard bounds.count == 2, bounds[0] < bounds[1] else { return nil }
        return bounds[0]..<bounds[1]
    }
}
