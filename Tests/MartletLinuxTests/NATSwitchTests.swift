import Glibc
import MartletLinux
import MartletModel
import Testing

@Suite("NAT switches", .enabled(if: isRoot, "networks need root"))
struct NATSwitchTests {
    @Test("a switch that is brought up has its bridge, its address, its rules and dnsmasq as its own user")
    func up() async throws {
        try await withSwitch { host, driver, plan, folder in
            let report = try await driver.ensureUp(plan)
            let link = try await host.run("ip", ["-details", "address", "show", "dev", plan.bridge])
            #expect(link.contains("inet 192.168.100.1/24 brd 192.168.100.255") && link.contains("bridge forward_delay"))
            #expect(link.contains("52:54:00:1b:2c:3d") && link.contains(",UP"))
            #expect(try await tables(of: host) == ["table bridge \(plan.table)", "table inet \(plan.table)"])
            #expect(try await host.run("cat", ["/proc/sys/net/ipv4/ip_forward"]) == "1\n")
            #expect(report.notes.count == 1 && report.notes[0].contains("net.ipv4.ip_forward=1"))
            let process = try #require(report.addressService)
            #expect(process.isAlive)
            let user = try #require(try UserAccount(name: "dnsmasq")).userID
            let status = try BoundedFile.readText("/proc/\(process.processID)/status")
            #expect(status.contains("\nUid:\t\(user)\t\(user)\t\(user)\t\(user)\n"))
            #expect(
                try await listeners(of: host).allSatisfy {
                    $0.contains("192.168.100.1:53") || $0.contains("%\(plan.bridge):67")
                })
            #expect(mode(of: "\(folder)/\(plan.bridge)") == 0o711)
        }
    }

    @Test("bringing it up twice changes nothing, and adopts dnsmasq")
    func upTwice() async throws {
        try await withSwitch { host, driver, plan, _ in
            let first = try await driver.ensureUp(plan)
            try await Tap(runner: host.runner).create(name: "mlt000000010", bridge: plan.bridge, ownerUID: 0)
            let before = try await state(of: host)
            let second = try await driver.ensureUp(plan)
            #expect(second.addressService == first.addressService && second.notes == [])
            #expect(try await state(of: host) == before)
        }
    }

    @Test("a dnsmasq that died is started again")
    func restarted() async throws {
        try await withSwitch { _, driver, plan, _ in
            let first = try #require(try await driver.ensureUp(plan).addressService)
            try first.signal(SIGKILL)
            try #require(await first.hasEnded(within: .seconds(20)))
            let second = try #require(try await driver.ensureUp(plan).addressService)
            #expect(second != first && second.isAlive)
        }
    }

    @Test("a dnsmasq that we were killed before noting is found by what it noted itself")
    func unnoted() async throws {
        try await withSwitch { _, driver, plan, folder in
            let first = try #require(try await driver.ensureUp(plan).addressService)
            unlink("\(folder)/\(plan.bridge)/process.json")
            #expect(try await driver.ensureUp(plan).addressService == first)
            #expect(exists("\(folder)/\(plan.bridge)/process.json"))
        }
    }

    @Test("a stranger that has dnsmasq's number is left alone")
    func stranger() async throws {
        try await withSwitch { _, driver, plan, folder in
            let first = try #require(try await driver.ensureUp(plan).addressService)
            try first.signal(SIGKILL)
            try #require(await first.hasEnded(within: .seconds(20)))
            let stranger = try shell("exec sleep 600", in: folder)
            try AtomicFile.write(
                Array("\(stranger.processID)\n".utf8), to: "\(folder)/\(plan.bridge)/dnsmasq.pid", mode: 0o600
            )
            unlink("\(folder)/\(plan.bridge)/process.json")
            let second = try #require(try await driver.ensureUp(plan).addressService)
            #expect(second != stranger && second.isAlive && stranger.isAlive)
            try stranger.signal(SIGKILL)
            _ = await stranger.waitForExit()
        }
    }

    @Test("what somebody took away is put back")
    func repaired() async throws {
        try await withSwitch { host, driver, plan, _ in
            let first = try #require(try await driver.ensureUp(plan).addressService)
            let whole = try await tables(of: host, full: true)
            try await host.run("nft", ["flush", "ruleset"])
            try await host.ip("address flush dev \(plan.bridge)", "link set dev \(plan.bridge) down")
            #expect(try await driver.ensureUp(plan).addressService == first)
            #expect(try await tables(of: host, full: true) == whole)
            try await host.ip("link delete dev \(plan.bridge)")
            // One that listened on the former bridge would hear nobody on the new one.
            let second = try #require(try await driver.ensureUp(plan).addressService)
            #expect(second != first && second.isAlive && !first.isAlive)
        }
    }

    @Test("taking it down removes everything, once and twice, and before it ever was up")
    func down() async throws {
        try await withSwitch { host, driver, plan, folder in
            try await driver.takeDown(plan)
            let process = try #require(try await driver.ensureUp(plan).addressService)
            for _ in 0..<2 {
                try await driver.takeDown(plan)
                #expect(!process.isAlive)
                #expect(try await tables(of: host) == [])
                #expect(try await !host.run("ip", ["link"]).contains(plan.bridge))
                #expect(try await names(in: folder) == [])
            }
        }
    }

    @Test("the host's own rules and another switch's are left alone")
    func others() async throws {
        try await withSwitch { host, driver, plan, folder in
            let rules = "table inet filter { chain input { type filter hook input priority 0; policy accept; }; }"
            try await host.run("nft", ["-f", "-"], input: rules)
            let other = try SwitchPlan(shortID: "ffffffff", subnet: "192.168.101.0/24")
            let process = try #require(try await driver.ensureUp(other).addressService)
            try await driver.ensureUp(plan)
            #expect(
                try await tables(of: host) == [
                    "table bridge \(plan.table)", "table bridge \(other.table)", "table inet filter",
                    "table inet \(plan.table)", "table inet \(other.table)",
                ])
            try await driver.takeDown(plan)
            #expect(
                try await tables(of: host) == [
                    "table bridge \(other.table)", "table inet filter", "table inet \(other.table)",
                ])
            #expect(process.isAlive && exists("\(folder)/\(other.bridge)"))
            try await driver.takeDown(other)
        }
    }

    @Test("an interface that only has the bridge's name is left alone")
    func taken() async throws {
        try await withSwitch { host, driver, plan, _ in
            try await host.ip("link add name \(plan.bridge) type veth peer name other")
            #expect(await failure { try await driver.ensureUp(plan) }?.code == .alreadyExists)
            #expect(try await host.run("ip", ["link"]).contains(plan.bridge))
            try await host.ip("link delete dev other")
        }
    }

    @Test("why dnsmasq wouldn't start comes back")
    func dnsmasqFails() async throws {
        try await withNamespaces(1) { hosts in
            try await withScratchFolder { folder in
                let plan = try SwitchPlan(shortID: "0a1b2c3d", subnet: "192.168.100.0/24")
                let driver = BridgeSwitch(folder: folder, dnsmasqUser: "martlet-no-such-user", runner: hosts[0].runner)
                let error = await failure { try await driver.ensureUp(plan) }
                #expect(error?.code == .commandFailed)
                #expect(error?.message.contains("martlet-no-such-user") == true)
                try await driver.takeDown(plan)
            }
        }
    }

    @Test("a folder whose name has blanks and quotes serves as well")
    func awkwardFolder() async throws {
        try await withNamespaces(1) { hosts in
            try await withScratchFolder { scratch in
                let folder = "\(scratch)/a #1, \"b\""
                try Folder.make(folder, mode: 0o700)
                let plan = try SwitchPlan(shortID: "0a1b2c3d", subnet: "192.168.100.0/24")
                let driver = BridgeSwitch(folder: folder, runner: hosts[0].runner)
                let process = try #require(try await driver.ensureUp(plan).addressService)
                #expect(try await driver.ensureUp(plan).addressService == process)
                #expect(try await names(in: "\(folder)/\(plan.bridge)").contains("leases"))
                try await driver.takeDown(plan)
                #expect(!process.isAlive)
            }
        }
    }

    @Test("a free network avoids the host's addresses, its routes and what is named")
    func freeSubnet() async throws {
        try await withNamespaces(1) { hosts in
            let driver = BridgeSwitch(folder: "/nonexistent", runner: hosts[0].runner)
            #expect(try await driver.freeSubnet() == "192.168.100.0/24")
            try await hosts[0].ip(
                "link add name other type veth peer name another", "link set dev other up", "link set dev another up",
                "address add 192.168.100.7/22 dev other", "route add 192.168.104.0/24 via 192.168.100.8",
                "route add default via 192.168.100.9", "route add blackhole 192.168.105.0/24 table 77"
            )
            #expect(try await driver.freeSubnet(avoiding: ["192.168.106.0/24", "nonsense"]) == "192.168.107.0/24")
            try await hosts[0].ip("route add blackhole 192.168.0.0/16", "route add blackhole 10.0.0.0/8")
            #expect(await failure { _ = try await driver.freeSubnet() }?.code == .unavailable)
        }
    }

    // MARK: Fixture

    private func withSwitch(
        _ body: (NetworkNamespace, BridgeSwitch, SwitchPlan, String) async throws -> Void
    ) async throws {
        try await withNamespaces(1) { hosts in
            try await withScratchFolder { folder in
                let plan = try SwitchPlan(shortID: "0a1b2c3d", subnet: "192.168.100.0/24")
                let driver = BridgeSwitch(folder: folder, runner: hosts[0].runner)
                do {
                    try await body(hosts[0], driver, plan, folder)
                } catch {
                    try await driver.takeDown(plan)
                    throw error
                }
                try await driver.takeDown(plan)
            }
        }
    }

    private func tables(of host: NetworkNamespace, full: Bool = false) async throws -> [String] {
        let text = try await host.run("nft", full ? ["list", "ruleset"] : ["list", "tables"])
        let lines = text.split(separator: "\n").map(String.init)
        return full ? lines : lines.sorted()
    }

    /// Sockets that anybody listens on, without their process.
    private func listeners(of host: NetworkNamespace) async throws -> [String] {
        try await host.run("ss", ["-Hlntu"]).split(separator: "\n").map(String.init)
    }

    private func state(of host: NetworkNamespace) async throws -> [String] {
        [
            try await host.run("ip", ["-brief", "address"]), try await host.run("bridge", ["link"]),
            try await host.run("nft", ["list", "ruleset"]), try await host.run("ip", ["route"]),
        ]
    }
}
