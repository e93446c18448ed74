/// Decides whether a machine's memory may be promised.
package enum MemoryAdmission {
    /// What the host keeps for itself: a twentieth of its memory, at least 512 MiB.
    package static func reserve(of total: ByteCount) -> ByteCount {
        max(ByteCount(bytes: total.bytes / 20), .mebibytes(512))
    }

    /// What a machine may take of the host beside its guest's memory: emulation keeps the code that it translated.
    ///
    /// A quarter of the guest's memory, 32 to 256 MiB; QEMU is started with this bound (`tb-size`), where its own would be 1 GiB.
    package static func overhead(of memory: ByteCount, by accelerator: Accelerator) -> ByteCount {
        switch accelerator {
        case .kvm: ByteCount(bytes: 0)
        case .tcg: min(max(ByteCount(bytes: (memory.bytes >> 22) << 20), .mebibytes(32)), .mebibytes(256))
        }
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
