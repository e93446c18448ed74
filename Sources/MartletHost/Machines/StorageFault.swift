import MartletModel

/// Why QEMU stopped a guest: one of its disks has no room, or failed.
struct StorageFault: Hashable, Sendable {
    var disk: ID<Disk>
    /// Whether the file system was full; anything else is a failure of the storage.
    var hasNoSpace: Bool
    /// What readers are told.
    var failure: Failure
}
