/// A guest's address on vsock, the sockets between a host and its guests: the context id (CID).
package enum VsockContext {
    /// `VMADDR_CID_HOST` of linux/vm_sockets.h: the host, as a guest sees it.
    package static let host: UInt32 = 2

    /// The ports that only root binds, at either end: the kernel's `LAST_RESERVED_PORT`.
    package static let reservedPorts: ClosedRange<UInt32> = 1...1_023

    /// Where guests' ids are taken from. What people and other programs choose by hand counts from 3 on, and lies below.
    static let range: ClosedRange<UInt32> = 65_536...0x7FFF_FFFF

    /// The ids that a machine tries, one after the other, until it has one that nobody else has.
    ///
    /// The same machine begins with the same id at each start.
    /// - Parameter count: how many.
    package static func candidates(for machine: ID<VirtualMachine>, count: Int = 64) -> [UInt32] {
        // FNV-1a, 64 bits: the id may have been chosen by somebody, and needn't be random.
        let hash = machine.description.utf8.reduce(0xCBF2_9CE4_8422_2325 as UInt64) {
            ($0 ^ UInt64($1)) &* 0x100_0000_01B3
        }
        return candidates(from: hash, count: count)
    }

    /// Those behind each other, the first behind the last.
    static func candidates(from place: UInt64, count: Int) -> [UInt32] {
        let size = UInt64(range.upperBound - range.lowerBound) + 1
        return (0..<UInt64(max(0, count))).map { range.lowerBound + UInt32((place % size + $0) % size) }
    }
}
