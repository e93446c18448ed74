/// Decides whether a machine's memory may be promised.
package enum MemoryAdmission {
    /// What the host keeps for itself: a twentieth of its memory, at least 512 MiB.
    package static func reserve(of total: ByteCount) -> ByteCount {
        max(ByteCount(bytes: total.bytes / 20), .mebibytes(512))
    }

    /// - Throws: `insufficientMemory` when the machines that hold memory and this one would leave the host less than its reserve.
    package static func admit(_ wanted: ByteCount, assigned: ByteCount, total: ByteCount) throws(MartletError) {
        let free = total - reserve(of: total) - assigned
        guard wanted > free else { return }
        throw MartletError(
            .insufficientMemory,
            "the machine needs \(wanted) of memory and \(max(free, ByteCount(bytes: 0))) is free; stop another machine or lower --memory",
            details: [
                .init("wanted", "\(wanted.bytes)"), .init("assigned", "\(assigned.bytes)"),
                .init("total", "\(total.bytes)"),
            ]
        )
    }
}
