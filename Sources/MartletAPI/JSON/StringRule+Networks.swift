import MartletModel

extension StringRule {
    private static let octet = "(25[0-5]|2[0-4][0-9]|1[0-9]{2}|[1-9]?[0-9])"
    private static let ipv4Pattern = #"(\#(octet)\.){3}\#(octet)"#

    /// An IPv4 address.
    package static let ipv4 = matching("^\(ipv4Pattern)$", longest: 15, "is not an IPv4 address") {
        $0.wholeMatch(of: /([0-9]{1,3}\.){3}[0-9]{1,3}/) != nil && areOctets($0)
    }

    /// An IPv4 address, or nothing.
    package static let ipv4OrEmpty = matching("^(\(ipv4Pattern))?$", longest: 15, "is not an IPv4 address") {
        $0.isEmpty || ipv4.problem($0) == nil
    }

    /// A network for machines, as `a.b.c.0/24`.
    package static let subnet = matching(
        #"^(?!0\.|127\.|22[4-9]\.|2[3-5][0-9]\.)(\#(octet)\.){3}0/24$"#, longest: 18,
        "is not of the form a.b.c.0/24, as 192.168.7.0/24 is"
    ) { text in
        guard text.hasSuffix(".0/24"), let first = UInt8(text.prefix { $0 != "." }) else { return false }
        return (1...223).contains(first) && first != 127 && ipv4.problem(String(text.dropLast(3))) == nil
    }

    /// Six octets with colons, the first of them even: a group's address is no adapter's.
    package static let hardwareAddress = matching(
        "^[0-9A-Fa-f][02468ACEace](:[0-9A-Fa-f]{2}){5}$", longest: 17,
        "is not a hardware address, as 52:54:00:12:34:56 is"
    ) {
        $0.wholeMatch(of: /[0-9A-Fa-f][02468ACEace](:[0-9A-Fa-f]{2}){5}/) != nil
    }

    /// An interface of the host that a switch may take.
    package static let hostAdapter = matching(
        #"^(?!lo$|\.{1,2}$|mlt)[A-Za-z0-9._][A-Za-z0-9._-]{0,14}$"#, longest: 15, "is no adapter's name, as eth1 is"
    ) {
        $0.wholeMatch(of: /[A-Za-z0-9._][A-Za-z0-9._-]{0,14}/) != nil && !["lo", ".", ".."].contains($0)
            && !$0.hasPrefix("mlt")
    }

    private static func areOctets(_ text: String) -> Bool {
        text.split(separator: ".").allSatisfy { UInt8($0) != nil && ($0.count == 1 || !$0.hasPrefix("0")) }
    }

    private static func matching(
        _ pattern: String, longest: Int, _ problem: String, _ fits: @escaping @Sendable (String) -> Bool
    ) -> StringRule {
        StringRule(longest: longest, pattern: pattern, problem: { fits($0) ? nil : problem })
    }
}
