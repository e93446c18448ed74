import MartletModel

/// The rules of one switch: tables of its own, so that nothing of the host's own rules is read, changed or reordered.
///
/// Tables can't overrule each other's drops: where the host's own rules drop what is forwarded, guests stay inside.
struct SwitchFirewall: Sendable {
    let plan: SwitchPlan
    let runner: CommandRunner

    /// Puts the rules in place, the guards of these adapters too, in one transaction, whatever was there before.
    ///
    /// - Throws: `commandFailed`, `notFound` when nftables isn't installed, `timedOut`.
    func apply(_ adapters: [AdapterPlan] = []) async throws(MartletError) {
        let guards = SwitchGuards(plan: plan).whole(adapters)
        try await runner.runText("nft", ["-f", "-"], input: removal + table + guards)
    }

    /// Puts the switch's own rules in place and leaves the guards alone.
    ///
    /// - Throws: as `apply`.
    func applyOwn() async throws(MartletError) {
        try await runner.runText("nft", ["-f", "-"], input: removal + table)
    }

    /// Removes the rules, if there are any.
    ///
    /// - Throws: as `apply`.
    func remove() async throws(MartletError) {
        try await runner.runText("nft", ["-f", "-"], input: removal + SwitchGuards(plan: plan).removal)
    }

    /// Deleting what isn't there fails, and adding what is there doesn't.
    private var removal: String {
        """
        add table inet \(plan.table)
        delete table inet \(plan.table)

        """
    }

    /// The rules, by the switch's kind; none for `external`, whose guests are on the outside's network like other machines.
    private var table: String {
        let chains: [String] =
            switch plan.kind {
            case .nat: [natInput, natForward, translation]
            case .internal: [internalInput, closedForward]
            case .private: [privateInput, closedForward]
            case .external: []
            }
        return chains.isEmpty ? "" : "table inet \(plan.table) {\n\(chains.joined())}\n"
    }

    private var bridge: String { "\"\(plan.bridge)\"" }
    private var gateway: String { plan.gateway ?? "0.0.0.0" }
    private var network: String { plan.network?.description ?? "0.0.0.0/0" }

    /// Of the host a `nat` switch's guests reach DHCP and DNS.
    private var natInput: String {
        """
            chain input {
                type filter hook input priority filter; policy accept;
                iifname != \(bridge) accept
                ct state established,related accept
                meta nfproto ipv4 udp sport 68 udp dport 67 accept
                ip daddr \(gateway) udp dport 53 accept
                ip daddr \(gateway) tcp dport 53 accept
                meta nfproto ipv6 drop
                reject with icmpx type admin-prohibited
            }

        """
    }

    /// They reach the outside and one another, with their own addresses alone. Nobody outside opens a connection to a guest
    /// but through a forwarded port. The host itself may.
    private var natForward: String {
        """
            chain forward {
                type filter hook forward priority filter; policy accept;
                iifname \(bridge) oifname \(bridge) accept
                iifname \(bridge) ip saddr \(network) accept
                iifname \(bridge) drop
                oifname \(bridge) ct state established,related accept
                oifname \(bridge) ct status dnat accept
                oifname \(bridge) drop
            }

        """
    }

    /// What goes out has the host's address; forwarded ports lead in, from the host itself too. A guest that asks for a forwarded
    /// port, and the host that asks at its loopback, are answered through the host.
    private var translation: String {
        let forwards = plan.forwards.map(Self.rule)
        let inward =
            forwards.isEmpty
            ? ""
            : """
                chain prerouting {
                    type nat hook prerouting priority dstnat; policy accept;
            \(forwards.map { "        \($0)\n" }.joined())    }
                chain output {
                    type nat hook output priority -100; policy accept;
            \(forwards.map { "        \($0)\n" }.joined())    }

            """
        return inward + """
                chain postrouting {
                    type nat hook postrouting priority srcnat; policy accept;
                    ip saddr \(network) oifname != \(bridge) masquerade
                    oifname \(bridge) ip saddr { \(network), 127.0.0.0/8 } ct status dnat masquerade
                }

            """
    }

    private static func rule(_ forward: ForwardPlan) -> String {
        let to = forward.hostAddress.map { "ip daddr \($0) " } ?? ""
        return "meta nfproto ipv4 fib daddr type local \(to)\(forward.transport) dport \(forward.hostPort) "
            + "dnat ip to \(forward.address):\(forward.port)"
    }

    /// An `internal` switch's guests reach the host at its address on the switch, and at no other.
    private var internalInput: String {
        """
            chain input {
                type filter hook input priority filter; policy accept;
                iifname != \(bridge) accept
                meta nfproto ipv4 udp sport 68 udp dport 67 accept
                ip daddr \(gateway) accept
                meta nfproto ipv6 drop
                reject with icmpx type admin-prohibited
            }

        """
    }

    private var privateInput: String {
        """
            chain input {
                type filter hook input priority filter; policy accept;
                iifname \(bridge) drop
            }

        """
    }

    /// Nothing is passed on between these guests and anybody else.
    private var closedForward: String {
        """
            chain forward {
                type filter hook forward priority filter; policy accept;
                iifname \(bridge) oifname \(bridge) accept
                iifname \(bridge) drop
                oifname \(bridge) drop
            }

        """
    }
}
