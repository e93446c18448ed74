import CMartletLinux

/// A checksum (CRC-32C) that grows with the bytes: finds damage, not deceit.
package struct CRC32C: Hashable, Sendable {
    package private(set) var value: UInt32 = 0

    package init() {}

    package mutating func update(_ bytes: UnsafeRawBufferPointer) {
        guard let start = bytes.bindMemory(to: UInt8.self).baseAddress else { return }
        value = martlet_crc32c(value, start, bytes.count)
    }

    package mutating func update(_ bytes: [UInt8]) {
        // The pointer is used before the closure returns.
        bytes.withUnsafeBytes { update($0) }
    }
}
