/// A planner: which network a new switch gets.
enum SubnetChoice {
    /// The first /24 that overlaps none of `taken`: 192.168.100.0 to .254.0, then .10.0 to .99.0, then 10.64.0.0 to 10.254.254.0.
    ///
    /// The low numbers come late or never: home routers have them, and a laptop goes from one such network to the next.
    static func first(avoiding taken: [IPv4Network]) -> IPv4Network? {
        let relevant = taken.filter { $0.prefixLength > 0 }
        return candidates.first { candidate in !relevant.contains { $0.overlaps(candidate) } }
    }

    private static var candidates: some Sequence<IPv4Network> {
        let small = [Array(100...254), Array(10...99)].joined().lazy.map { network(192, 168, $0) }
        let large = (64...254).lazy.flatMap { second in (0...254).lazy.map { network(10, second, $0) } }
        return [AnySequence(small), AnySequence(large)].lazy.flatMap { $0 }
    }

    private static func network(_ first: Int, _ second: Int, _ third: Int) -> IPv4Network {
        IPv4Network(address: UInt32(first) << 24 | UInt32(second) << 16 | UInt32(third) << 8, prefixLength: 24)
    }
}
