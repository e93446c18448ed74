import Glibc
import MartletLinux
import MartletModel
import Testing

@Suite("Internal and private switches", .enabled(if: isRoot, "networks need root"))
struct SwitchKindTests {
    @Test("an internal switch's guests reach one another and the host's address there, and get no way out")
    func isolated() async throws {
        try await withSwitchedGuests(.internal) { guests async throws in
            try await guests.guest.ip("address add 192.168.100.20/24 dev eth0", "route add default via 192.168.100.1")
            try await guests.other.ip("address add 192.168.100.21/24 dev eth0")
            try await guests.host.ip("address add 203.0.113.1/24 dev lo")
            try await guests.host.run("tee", ["/proc/sys/net/ipv4/ip_forward"], input: "1\n")
            #expect(try await connect(guests.guest, to: "192.168.100.1", servedBy: guests.host) == "answered")
            #expect(try await connect(guests.guest, to: "192.168.100.21", servedBy: guests.other) == "answered")
            #expect(try await connect(guests.guest, to: "203.0.113.1", servedBy: guests.host) == "refused")
            #expect(try await connect(guests.host, to: "192.168.100.20", servedBy: guests.guest) == "answered")
            let configuration = try BoundedFile.readText("\(guests.folder)/\(guests.plan.bridge)/dnsmasq.conf")
            #expect(configuration.contains("\nport=0\n") && configuration.contains("\ndhcp-option=option:router\n"))
        }
    }

    @Test("a private switch's guests reach one another, and the host neither them nor they it, not even by ARP")
    func secluded() async throws {
        let adapters = [
            try AdapterPlan(tap: SwitchedGuests.tap, hardwareAddress: Frame.own),
            try AdapterPlan(tap: SwitchedGuests.otherTap, hardwareAddress: "52:54:00:00:00:02"),
        ]
        try await withSwitchedGuests(.private, adapters: adapters) { guests async throws in
            try await guests.guest.ip("address add 192.168.100.20/24 dev eth0")
            try await guests.other.ip("address add 192.168.100.21/24 dev eth0")
            // An address that the host has elsewhere: it would answer ARP for it on every interface.
            try await guests.host.ip("address add 192.168.100.1/32 dev lo")
            #expect(try await connect(guests.guest, to: "192.168.100.21", servedBy: guests.other) == "answered")
            #expect(try await connect(guests.guest, to: "192.168.100.1", servedBy: guests.host) == "refused")
            let neighbours = try await guests.guest.run("ip", ["neighbour", "show", "192.168.100.1"])
            #expect(!neighbours.contains("lladdr"), "\(neighbours)")
            let link = try await guests.host.run("ip", ["address", "show", "dev", guests.plan.bridge])
            #expect(!link.contains("inet"))
        }
    }

    @Test("a reserved address goes to its adapter, and a lease is read whatever its guest calls itself")
    func reserved() async throws {
        try await withSwitchedGuests(.internal) { guests async throws in
            var plan = guests.plan
            chmod(guests.folder, 0o711)
            let first = try #require(try await guests.driver.ensureUp(plan).addressService)
            plan.reservations = [AddressReservation(hardwareAddress: "52:54:00:aa:bb:cc", address: "192.168.100.77")]
            let second = try #require(try await guests.driver.serve(plan))
            #expect(second == first && first.isAlive, "it reads the reservations anew, and serves on meanwhile")
            let offer = try await guests.guest.run("perl", ["-e", NATTrafficTests.discover])
            #expect(offer == "192.168.100.77\n")
        }
    }

    @Test(
        "where dnsmasq's user can't get at the reservations, they are in its configuration, and it is started anew for them"
    )
    func unreachable() async throws {
        try await withSwitchedGuests(.internal) { guests async throws in
            var plan = guests.plan
            chmod(guests.folder, 0o700)
            let first = try #require(try await guests.driver.ensureUp(plan).addressService)
            plan.reservations = [AddressReservation(hardwareAddress: "52:54:00:aa:bb:cc", address: "192.168.100.78")]
            let second = try #require(try await guests.driver.serve(plan))
            #expect(second != first && !first.isAlive)
            #expect(try await guests.driver.serve(plan) == second)
            let offer = try await guests.guest.run("perl", ["-e", NATTrafficTests.discover])
            #expect(offer == "192.168.100.78\n")
        }
    }

    @Test("leases are read with bounds: lines that aren't leases are left out")
    func leases() async throws {
        try await withScratchFolder { folder in
            let plan = try SwitchPlan(
                shortID: "0a1b2c3d", kind: .internal, subnet: "192.168.100.0/24", servesAddresses: true)
            try Folder.make("\(folder)/\(plan.bridge)", mode: 0o700)
            let lines = [
                "1700000000 52:54:00:00:00:01 192.168.100.10 web 01:52:54:00:00:00:01",
                "1700000000 52:54:00:00:00:02 192.168.100.11 * *",
                "1700000000 52:54:00:00:00:03 192.168.100.12 \u{1b}[31m *", "nonsense", "",
                "99999999999999999999 52:54:00:00:00:04 192.168.100.13 * *", "1 52:54:00:00:00 192.168.100.14 * *",
                "1 52:54:00:00:00:05 fe80::1 * *", "1 52:54:00:00:00:06 192.168.100.300 * *",
            ]
            let path = "\(folder)/\(plan.bridge)/leases"
            try AtomicFile.write(Array(lines.joined(separator: "\n").utf8), to: path, mode: 0o600)
            let leases = BridgeSwitch(folder: folder).leases(plan)
            #expect(leases.map(\.address) == ["192.168.100.10", "192.168.100.11", "192.168.100.12"])
            #expect(leases.map(\.hostName) == ["web", nil, nil])
            #expect(leases[0].ends == Moment("2023-11-14T22:13:20.000Z"))
            try AtomicFile.write([UInt8](repeating: 65, count: 1 << 20), to: path, mode: 0o600)
            #expect(BridgeSwitch(folder: folder).leases(plan).isEmpty)
        }
    }

    private func connect(
        _ client: NetworkNamespace, to address: String, servedBy server: NetworkNamespace
    ) async throws -> String {
        try await withTextServer(in: server) {
            let script = """
                use IO::Socket::INET;
                my $s = IO::Socket::INET->new(PeerAddr => '\(address)', PeerPort => 7000, Timeout => 2)
                    or do { print "refused"; exit }; print scalar <$s> ? "answered" : "silent";
                """
            return try await client.run("perl", ["-e", script])
        }
    }
}

/// Runs `body` while somebody listens on port 7000 and says who connected.
func withTextServer<Value>(in space: NetworkNamespace, _ body: () async throws -> Value) async throws -> Value {
    try await withScratchFolder { folder in
        let script = """
            use IO::Socket::INET;
            my $listener = IO::Socket::INET->new(LocalPort => 7000, Listen => 9, ReuseAddr => 1) or die; $| = 1; print "ready\\n";
            while (my $client = $listener->accept) { print $client $client->peerhost, "\\n"; close $client }
            """
        let process = try DetachedProcess.spawn(
            executable: try #require(ProgramSearch.path(of: "ip")),
            arguments: ["netns", "exec", space.name, "perl", "-e", script],
            environment: ["PATH": "/usr/sbin:/usr/bin:/sbin:/bin"],
            workingDirectory: "/", log: "\(folder)/log", descriptors: [])
        let result: Result<Value, any Error>
        do {
            try await eventually(
                "the server", { try BoundedFile.readText("\(folder)/log") }, until: { $0 == "ready\n" })
            result = .success(try await body())
        } catch {
            result = .failure(error)
        }
        try process.signal(9)
        _ = await process.waitForExit()
        return try result.get()
    }
}
