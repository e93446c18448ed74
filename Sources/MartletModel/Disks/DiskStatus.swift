/// What was seen of a disk when it was asked for.
package struct DiskStatus: Hashable, Sendable, Codable {
    /// Whether its file is there; its pool may not be mounted.
    package var isPresent: Bool
    /// What its file takes on the host, in bytes; nil when the file isn't there.
    package var allocated: ByteCount?
    /// The name of its pool.
    package var pool: String
    /// The name of the machine that has it; nil for none.
    package var machine: String?
    /// Its place in that machine.
    package var slot: Int?
    /// Whether a machine that isn't off has it, or an operation works on it.
    package var isInUse: Bool

    package init(
        isPresent: Bool, allocated: ByteCount?, pool: String, machine: String?, slot: Int?, isInUse: Bool
    ) {
        self.isPresent = isPresent
        self.allocated = allocated
        self.pool = pool
        self.machine = machine
        self.slot = slot
        self.isInUse = isInUse
    }
}
