import MartletLinux
import MartletModel
import Testing

/// With frames that a guest forges.
@Suite("What a guest may send", .enabled(if: isRoot, "networks need root"))
struct SwitchGuardTests {
    private static let address = "192.168.100.20"

    /// Of each, whether a guest with all guards on may send it.
    private static let frames: [(label: String, frame: String, isHonest: Bool)] = [
        ("datagram", Frame.udp("<datagram>", from: address), true),
        ("arp", Frame.arp("<arp>", address: address), true),
        ("arp probe", Frame.arp("<arp probe>", address: "0.0.0.0"), true),
        ("dhcp client", Frame.udp("<dhcp client>", from: "0.0.0.0", 68, 67), true),
        ("neighbour", Frame.icmpv6("<neighbour>", kind: 135), true),
        ("hardware", Frame.udp("<hardware>", hardware: Frame.stranger, from: address), false),
        ("arp hardware", Frame.arp("<arp hardware>", sender: Frame.stranger, address: address), false),
        ("arp address", Frame.arp("<arp address>", address: "192.168.100.1"), false),
        ("address", Frame.udp("<address>", from: "192.168.100.21"), false),
        ("no address", Frame.udp("<no address>", from: "0.0.0.0", 1000, 1000), false),
        ("dhcp server", Frame.udp("<dhcp server>", from: address, 67, 68), false),
        ("dhcp6 server", Frame.udpv6("<dhcp6 server>", 547), false),
        ("router", Frame.icmpv6("<router>", kind: 134), false),
        ("redirect6", Frame.icmpv6("<redirect6>", kind: 137), false),
        ("redirect", Frame.icmp("<redirect>", from: address, kind: 5), false),
        ("tagged", Frame.tagged("<tagged>", from: address, vlan: 7), false),
    ]

    private func adapter(_ change: (inout AdapterPlan) -> Void = { _ in }) throws -> AdapterPlan {
        var adapter = try AdapterPlan(
            tap: SwitchedGuests.tap, hardwareAddress: Frame.own, address: Self.address)
        change(&adapter)
        return adapter
    }

    @Test("without rules every frame comes through, so that those below are stopped by the rules")
    func unguarded() async throws {
        try await withSwitchedGuests { guests async throws in
            let seen = try await guests.seen(Self.frames.map(\.frame))
            #expect(seen == Self.frames.map(\.label))
        }
    }

    @Test("a guarded guest sends as itself alone, and is no server and no router")
    func guarded() async throws {
        try await withSwitchedGuests(adapters: [try adapter()]) { guests async throws in
            let seen = try await guests.seen(Self.frames.map(\.frame))
            #expect(seen == Self.frames.filter(\.isHonest).map(\.label))
        }
    }

    @Test("each guard stands alone, is changed while the guest runs, and goes with its adapter")
    func changed() async throws {
        try await withSwitchedGuests(adapters: [try adapter()]) { guests async throws in
            let port = SwitchPort(plan: guests.plan, runner: guests.host.runner)
            let honest = Set(Self.frames.filter(\.isHonest).map(\.label))
            func passing() async throws -> [String] {
                Array(Set(try await guests.seen(Self.frames.map(\.frame))).subtracting(honest)).sorted()
            }
            var before = try adapter()
            for (change, expected) in [
                (try adapter { $0.hasDHCPGuard = false }, ["dhcp server", "dhcp6 server"]),
                (try adapter { $0.hasRouterGuard = false }, ["router", "redirect6", "redirect"]),
                (
                    try adapter { $0.allowsAddressSpoofing = true },
                    ["hardware", "arp hardware", "arp address", "address", "no address"]
                ),
                (try adapter { $0.address = nil }, ["arp address", "address", "no address"]),
                (try adapter(), []),
            ] {
                try await port.change(change, before: before)
                #expect(try await passing() == expected.sorted())
                before = change
            }
            try await port.forget(tap: SwitchedGuests.tap)
            try await port.forget(tap: SwitchedGuests.tap)
            #expect(try await passing().count == Self.frames.count - honest.count)
        }
    }

    @Test("one guest's guards are no other guest's")
    func others() async throws {
        let other = try AdapterPlan(tap: SwitchedGuests.otherTap, hardwareAddress: "52:54:00:00:00:02")
        try await withSwitchedGuests(adapters: [other]) { guests async throws in
            #expect(try await guests.seen(Self.frames.map(\.frame)).count == Self.frames.count)
        }
    }

    @Test("a limit holds what a guest sends and what it is sent", arguments: [false, true])
    func limited(isUpward: Bool) async throws {
        let limit: Int64 = 64_000
        try await withSwitchedGuests { guests async throws in
            let port = SwitchPort(plan: guests.plan, runner: guests.host.runner)
            try await port.change(try adapter { $0.bandwidthLimit = limit }, before: nil)
            let device = isUpward ? "\(SwitchedGuests.tap)i" : SwitchedGuests.tap
            let sender = isUpward ? guests.guest : guests.other
            let hardware = isUpward ? Frame.own : "52:54:00:00:00:02"
            let frame = Frame.udp(String(repeating: "x", count: 1_300), hardware: hardware, from: Self.address)
            let script = """
                open(my $f, "<", "/sys/class/net/eth0/ifindex"); my $i = <$f>; socket(my $s, 17, 3, 0) or die;
                # What waits in the queue still counts as the sender's.
                setsockopt($s, 1, 32, pack("i", 1 << 24)) or die;
                for (1..2000) { send($s, pack("H*", $ARGV[0]), 0, pack("S S l S C C a8", 17, 0, $i, 0, 0, 6, "")) or die }
                """
            try await sender.run("perl", ["-e", script, frame])
            let text = try await guests.host.run("tc", ["-s", "qdisc", "show", "dev", device, "root"])
            let counts = try #require(text.firstMatch(of: /Sent [0-9]+ bytes ([0-9]+) pkt \(dropped ([0-9]+)/))
            let (sent, dropped) = (try #require(Int(counts.1)), try #require(Int(counts.2)))
            // The bucket (128 KiB) and the queue take less than 200; 1,000 would take the limit three minutes.
            #expect(sent >= 50 && sent < 1_000 && dropped > 900, "\(text)")
            try await port.change(try adapter(), before: try adapter { $0.bandwidthLimit = limit })
            #expect(try await !guests.host.run("ip", ["link"]).contains("\(SwitchedGuests.tap)i"))
            #expect(try await !guests.host.run("tc", ["qdisc"]).contains("tbf"))
        }
    }

    @Test("a VLAN that the kernel can't keep apart is refused before anything changes")
    func noVLANs() async throws {
        try await withSwitchedGuests { guests async throws in
            let bridge = guests.plan.bridge
            let canFilter =
                await failure { try await guests.host.ip("link set dev \(bridge) type bridge vlan_filtering 1") } == nil
            let port = SwitchPort(plan: guests.plan, runner: guests.host.runner)
            let before = try await guests.host.run("nft", ["list", "ruleset"])
            let adapter = try AdapterPlan(tap: "mlt000000030", hardwareAddress: Frame.own, vlan: 7)
            let error = await failure { try await port.create(adapter, ownerUID: 0) }
            // A kernel that can is tested in a guest that is a host.
            guard !canFilter else { return #expect(error == nil) }
            #expect(error?.code == .unsupported)
            #expect(try await guests.host.run("nft", ["list", "ruleset"]) == before)
        }
    }
}
