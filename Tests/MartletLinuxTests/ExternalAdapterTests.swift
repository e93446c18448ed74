import MartletLinux
import MartletModel
import Testing

@Suite("External switches", .enabled(if: isRoot, "networks need root"))
struct ExternalAdapterTests {
    @Test("the bridge takes the adapter's place, address and routes with it, and gives all of it back")
    func takenAndGivenBack() async throws {
        try await withLab { lab async throws in
            let before = try await lab.state()
            for _ in 0..<2 {
                for _ in 0..<2 { try await lab.driver.ensureUp(lab.plan) }
                let addresses = try await lab.host.run("ip", ["-brief", "address", "show"])
                #expect(addresses.contains(/mlt0a1b2c3d +UP +198\.51\.100\.2\/24 2001:db8::2\/64/), "\(addresses)")
                let routes = try await lab.host.run("ip", ["route", "show", "table", "all"])
                #expect(routes.contains("default via 198.51.100.1 dev mlt0a1b2c3d metric 77"))
                #expect(routes.contains("203.0.113.0/24 via 198.51.100.1 dev mlt0a1b2c3d table 100"))
                #expect(try await lab.reachesOutside())
                for _ in 0..<2 { try await lab.driver.takeDown(lab.plan) }
                try await lab.expect(before)
                #expect(try await lab.reachesOutside())
            }
        }
    }

    @Test("an address that changed meanwhile is what the adapter gets back")
    func changedMeanwhile() async throws {
        try await withLab { lab async throws in
            try await lab.driver.ensureUp(lab.plan)
            try await lab.host.ip(
                "address del 198.51.100.2/24 dev \(lab.plan.bridge)",
                "address add 198.51.100.3/24 dev \(lab.plan.bridge)",
                "address add 198.51.100.4/24 dev \(lab.plan.bridge)")
            try await lab.driver.takeDown(lab.plan)
            try await lab.driver.ensureUp(lab.plan)
            try await lab.driver.takeDown(lab.plan)
            let address = try await lab.host.run("ip", ["-4", "-brief", "address", "show", "dev", "eth1"])
            #expect(
                address.contains("198.51.100.3/24 198.51.100.4/24") && !address.contains("198.51.100.2"), "\(address)")
        }
    }

    @Test("one that can't be taken has again what it had")
    func failed() async throws {
        try await withLab { lab async throws in
            // A bridge can't be a port of a bridge.
            try await lab.host.ip(
                "link add name br1 type bridge", "link set dev br1 up", "address add 192.0.2.9/24 dev br1",
                "route add 192.0.3.0/24 via 192.0.2.1")
            let before = try await lab.state()
            let plan = try SwitchPlan(
                shortID: "ffffffff", kind: .external(adapter: "br1"), subnet: nil, servesAddresses: false)
            #expect(await failure { try await lab.driver.ensureUp(plan) }?.code == .commandFailed)
            try await lab.expect(before)
            try await lab.driver.takeDown(plan)
        }
    }

    @Test("a takeover that was interrupted anywhere is finished or given back")
    func interrupted() async throws {
        try await withLab { lab async throws in
            let before = try await lab.state()
            try await lab.driver.ensureUp(lab.plan)
            let bridge = lab.plan.bridge
            // As after a batch of which only the first commands ran.
            for step in [
                ["address flush dev \(bridge)"],
                ["address flush dev \(bridge)", "link set dev eth1 nomaster"],
            ] {
                for command in step { try await lab.host.ip(command) }
                try await lab.driver.takeDown(lab.plan)
                try await lab.expect(before)
                try await lab.driver.ensureUp(lab.plan)
            }
            try await lab.host.ip("address flush dev \(bridge)", "link set dev eth1 nomaster")
            try await lab.driver.ensureUp(lab.plan)
            #expect(try await lab.reachesOutside())
        }
    }

    @Test("after the host's restart the record of before counts for nothing")
    func restarted() async throws {
        try await withLab { lab async throws in
            try await lab.driver.ensureUp(lab.plan)
            try await lab.host.ip(
                "link delete dev \(lab.plan.bridge)", "address flush dev eth1", "address add 198.51.100.7/24 dev eth1")
            try await lab.driver.ensureUp(lab.plan)
            let address = try await lab.host.run("ip", ["-4", "-brief", "address", "show", "dev", lab.plan.bridge])
            #expect(address.contains("198.51.100.7/24") && !address.contains("198.51.100.2"), "\(address)")
        }
    }

    @Test("whoever would be cut off is named")
    func users() async throws {
        try await withLab { lab async throws in
            let adapter = lab.driver.externalAdapter(lab.plan)
            #expect(
                try await adapter.users(peer: "203.0.113.5") == [
                    "the host's default route leads over it",
                    "the way to the client that asks, 203.0.113.5, leads over it",
                    "it is the host's only way out",
                ])
            try await lab.host.ip(
                "link add name eth2 type veth peer name eth2p", "link set dev eth2 up", "link set dev eth2p up",
                "address add 192.0.2.2/24 dev eth2", "route del default metric 77", "route add default via 192.0.2.1")
            #expect(try await adapter.users(peer: nil) == [])
            #expect(try await adapter.users(peer: "192.0.2.9") == [])
            #expect(try await adapter.users(peer: "198.51.100.1").count == 1)
            #expect(try await adapter.users(peer: "unknown") == [])
        }
    }

    @Test("an adapter that isn't there, and one that is a port already, are refused")
    func refused() async throws {
        try await withLab { lab async throws in
            let none = try SwitchPlan(
                shortID: "0a1b2c3d", kind: .external(adapter: "eth9"), subnet: nil, servesAddresses: false)
            #expect(await failure { try await lab.driver.ensureUp(none) }?.code == .notFound)
            try await lab.host.ip("link add name br1 type bridge", "link set dev eth1 master br1")
            #expect(await failure { try await lab.driver.ensureUp(lab.plan) }?.code == .inUse)
            for name in ["", "lo", "mlt0a1b2c3d0", "a b", "-x", "a/b", "sixteen-letters-"] {
                #expect(throws: MartletError.self) {
                    try SwitchPlan(
                        shortID: "0a1b2c3d", kind: .external(adapter: name), subnet: nil, servesAddresses: false)
                }
            }
        }
    }

    // MARK: Fixture

    private struct Lab {
        var host: NetworkNamespace
        var outside: NetworkNamespace
        var driver: BridgeSwitch
        var plan: SwitchPlan

        /// Addresses, routes and interfaces of the host; what the kernel gives itself apart.
        func state() async throws -> [String] {
            [
                try await host.run("ip", ["-brief", "-4", "address"]), try await host.run("ip", ["-brief", "link"]),
                try await host.run("ip", ["-brief", "-6", "address", "show", "scope", "global"]),
                try await host.run("ip", ["-4", "route", "show", "table", "all"]),
                try await host.run("ip", ["-6", "route", "show", "proto", "static"]),
                try await host.run("nft", ["list", "ruleset"]),
            ]
        }

        func expect(_ before: [String]) async throws {
            // Whether a link has a carrier is seen a moment later.
            try await eventually("the host is as before", state, until: { $0 == before })
        }

        func reachesOutside() async throws -> Bool {
            try await withTextServer(in: outside) {
                let script = """
                    use IO::Socket::INET;
                    print IO::Socket::INET->new(PeerAddr => '198.51.100.1', PeerPort => 7000, Timeout => 20) ? "yes" : "no";
                    """
                return try await host.run("perl", ["-e", script]) == "yes"
            }
        }
    }

    private func withLab(_ body: (Lab) async throws -> Void) async throws {
        try await withNamespaces(2) { spaces in
            try await withScratchFolder { folder in
                let plan = try SwitchPlan(
                    shortID: "0a1b2c3d", kind: .external(adapter: "eth1"), subnet: nil, servesAddresses: false)
                let lab = Lab(
                    host: spaces[0], outside: spaces[1],
                    driver: BridgeSwitch(folder: folder, runner: spaces[0].runner), plan: plan)
                try await lab.host.ip(
                    "link add name eth1 type veth peer name eth0 netns \(lab.outside.name)", "link set dev eth1 up")
                try await lab.outside.ip("address add 198.51.100.1/24 dev eth0", "link set dev eth0 up")
                try await lab.host.ip(
                    "address add 198.51.100.2/24 broadcast + dev eth1", "address add 2001:db8::2/64 dev eth1 nodad",
                    "route add default via 198.51.100.1 metric 77",
                    "route add 203.0.113.0/24 via 198.51.100.1 table 100",
                    "route add 2001:db8:1::/48 via 2001:db8::1 proto static")
                try await body(lab)
            }
        }
    }
}
