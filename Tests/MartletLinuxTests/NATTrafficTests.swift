import MartletLinux
import MartletModel
import Testing

@Suite("What passes a NAT switch", .enabled(if: isRoot, "networks need root"))
struct NATTrafficTests {
    @Test("a guest is given an address, a route and a name server by DHCP")
    func addresses() async throws {
        try await withLab { lab in
            let offer = try await lab.guest.run("perl", ["-e", Self.discover])
            let fields = offer.split(separator: "\n").map(String.init)
            let address = try #require(fields.first.flatMap { IPv4Network($0) })
            #expect(try #require(IPv4Network("192.168.100.0/24")).overlaps(address))
            #expect(fields.dropFirst() == ["router 192.168.100.1", "server 192.168.100.1"])
        }
    }

    @Test("a guest reaches the outside, which sees the host's address")
    func outward() async throws {
        try await withLab { lab async throws in
            #expect(try await lab.connect(lab.guest, to: "203.0.113.9", port: 7000) == "203.0.113.1")
        }
    }

    @Test("of the host a guest reaches DNS, and nothing else")
    func inward() async throws {
        try await withLab { lab async throws in
            #expect(try await lab.connect(lab.guest, to: "192.168.100.1", port: 53) == "open")
            #expect(try await lab.connect(lab.guest, to: "192.168.100.1", port: 7000) == "refused")
            #expect(try await lab.connect(lab.guest, to: "203.0.113.1", port: 7000) == "refused")
            #expect(try await lab.connect(lab.host, to: "192.168.100.1", port: 7000) == "192.168.100.1")
        }
    }

    @Test("nobody outside reaches a guest, and the host does")
    func fromOutside() async throws {
        try await withLab { lab async throws in
            #expect(try await lab.connect(lab.outside, to: "192.168.100.20", port: 7000) == "refused")
            #expect(try await lab.connect(lab.host, to: "192.168.100.20", port: 7000) == "192.168.100.1")
        }
    }

    @Test("a guest that takes an address of another network gets nowhere")
    func forged() async throws {
        try await withLab { lab in
            try await lab.guest.ip("address add 198.51.100.5/24 dev eth0")
            try await lab.host.ip("route add 198.51.100.0/24 dev \(lab.bridge)")
            #expect(try await lab.connect(lab.guest, from: "198.51.100.5", to: "203.0.113.9", port: 7000) == "refused")
        }
    }

    // MARK: Fixture

    private struct Lab {
        var host: NetworkNamespace
        var guest: NetworkNamespace
        var outside: NetworkNamespace
        var bridge: String

        /// What the other side says of a TCP connection: the address it saw, `open` when it says nothing, or `refused`, for
        /// being dropped too.
        func connect(_ client: NetworkNamespace, from: String = "", to: String, port: Int) async throws -> String {
            let script = """
                use IO::Socket::INET;
                my $socket = IO::Socket::INET->new(PeerAddr => '\(to)', PeerPort => \(port), LocalAddr => '\(from)', Timeout => 2)
                    or do { print "refused"; exit };
                $SIG{ALRM} = sub { print "open"; exit }; alarm 2; my $line = <$socket>; chomp $line; print $line;
                """
            return try await client.run("perl", ["-e", script])
        }
    }

    /// A host with a switch, a guest on it, and somebody outside; on each, a server that says who connected.
    private func withLab(_ body: (Lab) async throws -> Void) async throws {
        try await withNamespaces(3) { spaces in
            try await withScratchFolder { folder in
                let plan = try SwitchPlan(shortID: "0a1b2c3d", subnet: "192.168.100.0/24")
                let lab = Lab(host: spaces[0], guest: spaces[1], outside: spaces[2], bridge: plan.bridge)
                let driver = BridgeSwitch(folder: folder, runner: lab.host.runner)
                try await driver.ensureUp(plan)
                try await wire(lab)
                var servers: [ProcessIdentity] = []
                let result: Result<Void, any Error>
                do {
                    for space in spaces { servers.append(try await server(in: space, folder: folder)) }
                    result = .success(try await body(lab))
                } catch {
                    result = .failure(error)
                }
                for server in servers {
                    try server.signal(9)
                    _ = await server.waitForExit()
                }
                try await driver.takeDown(plan)
                try result.get()
            }
        }
    }

    private func wire(_ lab: Lab) async throws {
        try await lab.host.ip(
            "link add name uplink type veth peer name eth0 netns \(lab.outside.name)",
            "link add name port type veth peer name eth0 netns \(lab.guest.name)",
            "link set dev port master \(lab.bridge) up", "address add 203.0.113.1/24 dev uplink",
            "link set dev uplink up"
        )
        try await lab.outside.ip(
            "address add 203.0.113.9/24 dev eth0", "link set dev eth0 up", "route add 192.168.100.0/24 via 203.0.113.1"
        )
        try await lab.guest.ip(
            "address add 192.168.100.20/24 dev eth0", "link set dev eth0 up", "route add default via 192.168.100.1"
        )
    }

    private func server(in space: NetworkNamespace, folder: String) async throws -> ProcessIdentity {
        let log = "\(folder)/\(space.name).log"
        let script = """
            use IO::Socket::INET;
            my $listener = IO::Socket::INET->new(LocalPort => 7000, Listen => 9, ReuseAddr => 1) or die; $| = 1; print "ready\\n";
            while (my $client = $listener->accept) { print $client $client->peerhost, "\\n"; close $client }
            """
        let process = try DetachedProcess.spawn(
            executable: try #require(ProgramSearch.path(of: "ip")),
            arguments: ["netns", "exec", space.name, "perl", "-e", script],
            environment: ["PATH": "/usr/sbin:/usr/bin:/sbin:/bin"],
            workingDirectory: "/",
            log: log,
            descriptors: []
        )
        try await eventually("the server", { try BoundedFile.readText(log) }, until: { $0 == "ready\n" })
        return process
    }

    /// Sends a DHCPDISCOVER as a guest without an address would, and prints the address, the router and the name server offered.
    static let discover = """
        use strict; use Socket;
        socket(my $s, PF_INET, SOCK_DGRAM, 17) or die; setsockopt($s, SOL_SOCKET, SO_REUSEADDR, 1);
        setsockopt($s, SOL_SOCKET, SO_BROADCAST, 1); setsockopt($s, SOL_SOCKET, 25, "eth0\\0") or die;
        bind($s, sockaddr_in(68, INADDR_ANY)) or die; alarm 20;
        my $packet = pack("C4 N n2 N4 a16 a192 N C*", 1, 1, 6, 0, 0x1234abcd, 0, 0x8000, 0, 0, 0, 0,
            pack("H12", "525400aabbcc"), "", 0x63825363, 53, 1, 1, 55, 3, 1, 3, 6, 255);
        while (1) {
            send($s, $packet, 0, sockaddr_in(67, INADDR_BROADCAST)) or die "send: $!";
            my $ready = ""; vec($ready, fileno($s), 1) = 1; select($ready, undef, undef, 3) or next;
            recv($s, my $reply, 1500, 0); next if unpack("N", substr($reply, 4, 4)) != 0x1234abcd;
            print inet_ntoa(substr($reply, 16, 4)), "\\n"; my %option; my $rest = substr($reply, 240);
            while (length $rest) {
                my $code = ord $rest; last if $code == 255; my $length = ord substr($rest, 1, 1);
                $option{$code} = substr($rest, 2, $length); $rest = substr($rest, 2 + $length);
            }
            print "router ", inet_ntoa($option{3}), "\\n" if $option{3}; print "server ", inet_ntoa($option{6}), "\\n" if $option{6}; exit;
        }
        """
}
