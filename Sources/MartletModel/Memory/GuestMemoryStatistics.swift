/// What a guest's balloon driver tells of its memory; nothing of it is trusted further than its bounds.
package struct GuestMemoryStatistics: Hashable, Sendable {
    /// What the guest could use without swapping, caches that it can drop among it; nil when it doesn't tell.
    package var available: ByteCount?
    /// What the guest has written to its swap space since it booted; nil when it doesn't tell.
    package var swappedOut: ByteCount?
    /// What it has read back from there.
    package var swappedIn: ByteCount?

    package init(available: ByteCount?, swappedOut: ByteCount? = nil, swappedIn: ByteCount? = nil) {
        self.available = available
        self.swappedOut = swappedOut
        self.swappedIn = swappedIn
    }
}

/// What a guest demands: the memory that it uses and can't give back.
///
/// Hyper-V measures demand as what the guest has committed. A balloon driver doesn't tell that; what it tells is what is available,
/// caches included, so the rest of what was assigned is in use: programs, the kernel, and what can't be dropped. A guest that is
/// squeezed into its swap space uses all that it has and wants more: what it has swapped out since the last look is added.
package enum MemoryDemand {
    /// The demand of a guest that holds `assigned`; nil when it doesn't tell.
    ///
    /// Bounded for any statistics: never negative, and never past twice what is assigned.
    package static func of(
        _ now: GuestMemoryStatistics, since before: GuestMemoryStatistics? = nil, assigned: ByteCount
    ) -> ByteCount? {
        guard let available = now.available else { return nil }
        let zero = ByteCount(bytes: 0)
        let used = assigned - min(max(available, zero), assigned)
        return used + min(swapped(now, since: before), assigned)
    }

    /// What went to the swap space and didn't come back between two looks.
    private static func swapped(_ now: GuestMemoryStatistics, since before: GuestMemoryStatistics?) -> ByteCount {
        func grown(_ part: KeyPath<GuestMemoryStatistics, ByteCount?>) -> Int64 {
            guard let now = now[keyPath: part]?.bytes, let before = before?[keyPath: part]?.bytes, now > before else {
                return 0
            }
            return now.subtractingReportingOverflow(before).partialValue
        }
        return ByteCount(bytes: max(0, max(0, grown(\.swappedOut)) - max(0, grown(\.swappedIn))))
    }
}
