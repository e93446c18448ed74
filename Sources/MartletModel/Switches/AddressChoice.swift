/// A planner: which address of a switch's subnet an adapter gets.
package enum AddressChoice {
    /// An address's number in a /24: what DHCP gives out.
    package static let leases = 10...250

    /// The number that follows from the hardware address, or the next after it that isn't taken; nil when all are.
    ///
    /// The same adapter so mostly gets the same address, also on another day or after it was forgotten.
    package static func number(for hardwareAddress: String, taken: Set<Int>) -> Int? {
        // FNV-1a: any spread will do, as long as it is the same in every process.
        let hash = hardwareAddress.utf8.reduce(UInt32(2_166_136_261)) { ($0 ^ UInt32($1)) &* 16_777_619 }
        let first = Int(hash % UInt32(leases.count))
        return (0..<leases.count).lazy.map { leases.lowerBound + (first + $0) % leases.count }
            .first { !taken.contains($0) }
    }
}
