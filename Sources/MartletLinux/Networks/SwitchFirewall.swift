import MartletModel

/// The rules of one switch: a table of its own, so that nothing of the host's own rules is read, changed or reordered.
///
/// Tables can't overrule each other's drops: where the host's own rules drop what is forwarded, guests stay inside.
struct SwitchFirewall: Sendable {
    let plan: SwitchPlan
    let runner: CommandRunner

    /// Puts the rules in place, in one transaction, whatever was there before.
    ///
    /// - Throws: `commandFailed`, `notFound` when nftables isn't installed, `timedOut`.
    func apply() async throws(MartletError) {
        try await runner.runText("nft", ["-f", "-"], input: removal + table)
    }

    /// Removes the rules, if there are any.
    ///
    /// - Throws: as `apply`.
    func remove() async throws(MartletError) {
        try await runner.runText("nft", ["-f", "-"], input: removal)
    }

    /// Deleting what isn't there fails, and adding what is there doesn't.
    private var removal: String {
        """
        add table inet \(plan.table)
        delete table inet \(plan.table)

        """
    }

    /// Guests reach the outside and one another, with their own addresses alone; of the host they reach DHCP and DNS. Nobody
    /// outside opens a connection to a guest. The host itself may.
    private var table: String {
        """
        table inet \(plan.table) {
            chain input {
                type filter hook input priority filter; policy accept;
                iifname != "\(plan.bridge)" accept
                ct state established,related accept
                meta nfproto ipv4 udp sport 68 udp dport 67 accept
                ip daddr \(plan.gateway) udp dport 53 accept
                ip daddr \(plan.gateway) tcp dport 53 accept
                meta nfproto ipv6 drop
                reject with icmpx type admin-prohibited
            }
            chain forward {
                type filter hook forward priority filter; policy accept;
                iifname "\(plan.bridge)" oifname "\(plan.bridge)" accept
                iifname "\(plan.bridge)" ip saddr \(plan.network) accept
                iifname "\(plan.bridge)" drop
                oifname "\(plan.bridge)" ct state established,related accept
                oifname "\(plan.bridge)" drop
            }
            chain postrouting {
                type nat hook postrouting priority srcnat; policy accept;
                ip saddr \(plan.network) oifname != "\(plan.bridge)" masquerade
            }
        }

        """
    }
}
