/// An IPv4 network, such as `192.168.100.0/24`.
package struct IPv4Network: Hashable, Sendable, CustomStringConvertible {
    /// The network's first address; the bits after the prefix are 0.
    package let address: UInt32
    /// 0 to 32.
    package let prefixLength: Int

    /// Bits of `address` after the prefix are dropped; a prefix length out of range is brought into it.
    package init(address: UInt32, prefixLength: Int) {
        self.prefixLength = min(max(prefixLength, 0), 32)
        self.address = address & Self.mask(self.prefixLength)
    }

    /// Reads `a.b.c.d/n`, or `a.b.c.d` for one address; nil for anything else.
    package init?(_ text: some StringProtocol) {
        let parts = text.split(separator: "/", omittingEmptySubsequences: false)
        guard parts.count <= 2, let address = Self.address(parts[0]) else { return nil }
        guard parts.count == 2 else {
            self.init(address: address, prefixLength: 32)
            return
        }
        guard let prefixLength = Int(parts[1]), (0...32).contains(prefixLength) else { return nil }
        self.init(address: address, prefixLength: prefixLength)
    }

    package var description: String { "\(Self.text(address))/\(prefixLength)" }

    /// The address `offset` after the network's own, as text.
    package func host(_ offset: UInt32) -> String { Self.text(address &+ offset) }

    /// Whether an address, as text, is in it.
    package func contains(_ address: String) -> Bool { number(of: address) != nil }

    /// How far an address is from the network's own; nil for one that isn't in it, and for what is none.
    package func number(of address: String) -> Int? {
        guard let other = IPv4Network(address), other.prefixLength == 32, overlaps(other) else { return nil }
        return Int(other.address - self.address)
    }

    /// Whether the two have an address in common.
    package func overlaps(_ other: IPv4Network) -> Bool {
        let mask = Self.mask(min(prefixLength, other.prefixLength))
        return address & mask == other.address & mask
    }

    private static func mask(_ prefixLength: Int) -> UInt32 {
        prefixLength == 0 ? 0 : UInt32.max << UInt32(32 - prefixLength)
    }

    private static func address(_ text: some StringProtocol) -> UInt32? {
        let octets = text.split(separator: ".", omittingEmptySubsequences: false).map { UInt8($0) }
        guard octets.count == 4 else { return nil }
        var address: UInt32 = 0
        for octet in octets {
            guard let octet else { return nil }
            address = address << 8 | UInt32(octet)
        }
        return address
    }

    private static func text(_ address: UInt32) -> String {
        [24, 16, 8, 0].map { "\(UInt8(truncatingIfNeeded: address >> UInt32($0)))" }.joined(separator: ".")
    }
}
