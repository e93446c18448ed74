import Glibc

/// The processes of this system, as `/proc` shows them.
package enum ProcessTable {
    /// One process.
    package struct Entry: Sendable, Hashable {
        package var processID: Int32
        package var arguments: [String]
        /// Where its relative paths begin; nil when we may not know.
        package var workingDirectory: String?
        /// The program's file; nil when we may not know.
        package var executable: String?
        /// Whose it is: the effective user id.
        package var userID: UInt32
    }

    /// Every process that `matches` by its arguments; one that ends while we look is left out.
    ///
    /// Blocking, and a few microseconds for each process of the system.
    package static func entries(where matches: ([String]) -> Bool) -> [Entry] {
        processIDs().compactMap { processID in
            guard let raw = try? BoundedFile.read("/proc/\(processID)/cmdline", limit: 1 << 18) else { return nil }
            let arguments = raw.split(separator: 0, omittingEmptySubsequences: false).dropLast().map {
                String(decoding: $0, as: UTF8.self)
            }
            var status = stat()
            guard matches(arguments), stat("/proc/\(processID)", &status) == 0 else { return nil }
            return Entry(
                processID: processID,
                arguments: arguments,
                workingDirectory: link("/proc/\(processID)/cwd"),
                executable: link("/proc/\(processID)/exe"),
                userID: status.st_uid
            )
        }
    }

    private static func processIDs() -> [Int32] {
        ((try? FileEntry.names(in: "/proc")) ?? []).compactMap { Int32($0) }
    }

    private static func link(_ path: String) -> String? {
        var buffer = [CChar](repeating: 0, count: Int(PATH_MAX))
        let count = readlink(path, &buffer, buffer.count)
        return count > 0 ? String(decoding: buffer[..<count].map { UInt8(bitPattern: $0) }, as: UTF8.self) : nil
    }
}
