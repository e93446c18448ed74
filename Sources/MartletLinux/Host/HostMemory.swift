package import MartletModel

/// The host's memory at one moment, as `/proc/meminfo` has it.
package struct HostMemory: Hashable, Sendable {
    package var total: ByteCount
    /// What can be had without swapping.
    package var available: ByteCount

    package init(total: ByteCount, available: ByteCount) {
        self.total = total
        self.available = available
    }

    /// - Throws: `ioFailed` when `/proc/meminfo` isn't Linux's; `notFound` when there is none.
    package static func read() throws(MartletError) -> HostMemory {
        guard let memory = HostMemory(parsing: try BoundedFile.readText("/proc/meminfo")) else {
            throw MartletError(.ioFailed, "'/proc/meminfo' has no MemTotal and MemAvailable")
        }
        return memory
    }

    init?(parsing text: String) {
        guard let total = Self.field("MemTotal", of: text), let available = Self.field("MemAvailable", of: text) else {
            return nil
        }
        self.init(total: total, available: available)
    }

    /// Lines read `Name:   12345 kB`, where kB means KiB.
    private static func field(_ name: String, of text: String) -> ByteCount? {
        for line in text.split(separator: "\n") where line.hasPrefix("\(name):") {
            let words = line.split(separator: " ")
            guard words.count >= 2, let kibibytes = Int64(words[1]), kibibytes <= Int64.max >> 10 else { return nil }
            return ByteCount(bytes: kibibytes << 10)
        }
        return nil
    }
}
