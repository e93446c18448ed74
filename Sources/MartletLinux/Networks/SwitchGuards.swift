/// The rules that hold each guest of a switch to what its adapter may send: a table of the family `bridge`.
///
/// Frames are looked at where they come in from a tap, before they reach another port or the host; one lookup by the tap's name
/// leads to the adapter's own chain, however many guests there are. Neither `meta ibrname` nor connection tracking is used:
/// kernels come without them.
struct SwitchGuards: Sendable {
    let plan: SwitchPlan

    /// The whole table, in place of what was there.
    func whole(_ adapters: [AdapterPlan]) -> String {
        """
        \(removal)table bridge \(plan.table) {
            map guests { type ifname : verdict; }
            chain from {
                type filter hook prerouting priority dstnat; policy accept;
                iifname vmap @guests
            }
        \(hostChain)}

        """ + adapters.map(adding).joined()
    }

    /// Deleting what isn't there fails, and adding what is there doesn't.
    var removal: String {
        """
        add table bridge \(plan.table)
        delete table bridge \(plan.table)

        """
    }

    /// Puts one adapter's rules in place, in a table that is there, whatever they were before.
    func adding(_ adapter: AdapterPlan) -> String {
        let table = "bridge \(plan.table)"
        let chain = adapter.tap
        var lines = ["add chain \(table) \(chain)", "flush chain \(table) \(chain)"]
        lines += Self.rules(adapter).map { "add rule \(table) \(chain) \($0)" }
        // An element that is there with another verdict can't be added, and ours always has this one.
        lines.append("add element \(table) guests { \"\(adapter.tap)\" : jump \(chain) }")
        if isPrivate { lines.append("add element \(table) ports { \"\(adapter.tap)\" }") }
        return lines.joined(separator: "\n") + "\n"
    }

    /// Takes one adapter's rules away; those that aren't there are done already.
    func removing(tap: String) -> String {
        let table = "bridge \(plan.table)"
        let port = """
            add table \(table)
            add set \(table) ports { type ifname; }
            add element \(table) ports { "\(tap)" }
            delete element \(table) ports { "\(tap)" }

            """
        return (isPrivate ? port : "") + """
            add table \(table)
            add map \(table) guests { type ifname : verdict; }
            add chain \(table) \(tap)
            add element \(table) guests { "\(tap)" : jump \(tap) }
            delete element \(table) guests { "\(tap)" : jump \(tap) }
            flush chain \(table) \(tap)
            delete chain \(table) \(tap)

            """
    }

    private var isPrivate: Bool {
        if case .private = plan.kind { true } else { false }
    }

    /// A `private` switch's frames never reach the host: without an address there, it would still answer ARP for its others.
    private var hostChain: String {
        guard isPrivate else { return "" }
        return """
                set ports { type ifname; }
                chain host {
                    type filter hook input priority filter; policy accept;
                    iifname @ports drop
                }

            """
    }

    /// In order; what passes all of them goes on.
    private static func rules(_ adapter: AdapterPlan) -> [String] {
        // A guest that tags its frames itself would choose its VLAN, and hide what is in them from the rules below.
        var rules = ["ether type { 8021q, 8021ad } drop"]
        if !adapter.allowsAddressSpoofing { rules += addressRules(adapter) }
        // Most of what guests send, and nothing of what is looked for below.
        rules.append("ip protocol tcp accept")
        if adapter.hasDHCPGuard { rules += ["ether type ip udp sport 67 drop", "ether type ip6 udp sport 547 drop"] }
        if adapter.hasRouterGuard {
            rules += [
                "icmp type { redirect, router-advertisement } drop",
                "icmpv6 type { nd-router-advert, nd-redirect } drop",
            ]
        }
        return rules
    }

    /// Without an address yet, a guest asks DHCP and probes with 0.0.0.0.
    private static func addressRules(_ adapter: AdapterPlan) -> [String] {
        let own = adapter.hardwareAddress
        let hardware = ["ether saddr != \(own) drop", "arp saddr ether != \(own) drop"]
        guard let address = adapter.address else { return hardware }
        return hardware + [
            "arp saddr ip != { 0.0.0.0, \(address) } drop",
            "ip saddr 0.0.0.0 udp sport 68 udp dport 67 accept",
            "ip saddr != \(address) drop",
        ]
    }
}
