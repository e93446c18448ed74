import MartletLinux
import MartletModel
import Testing

/// A host whose switch has two guests: network namespaces behind veth pairs, whose ends on the host have taps' names.
struct SwitchedGuests {
    static let tap = "mlt000000010"
    static let otherTap = "mlt000000020"

    let host: NetworkNamespace
    let guest: NetworkNamespace
    let other: NetworkNamespace
    let driver: BridgeSwitch
    let plan: SwitchPlan
    let folder: String

    /// Sends frames from the guest, in this order, and tells which labels the other guest saw until the one that is `end`.
    func seen(_ frames: [String], by receiver: NetworkNamespace? = nil) async throws -> [String] {
        let log = "\(folder)/received-\(try SecureRandom.hex(byteCount: 4)).log"
        let listening = try DetachedProcess.spawn(
            executable: try #require(ProgramSearch.path(of: "ip")),
            arguments: ["netns", "exec", (receiver ?? other).name, "perl", "-e", Self.receive],
            environment: ["PATH": "/usr/sbin:/usr/bin:/sbin:/bin"],
            workingDirectory: "/",
            log: log,
            descriptors: []
        )
        try await eventually("the receiver", { try BoundedFile.readText(log) }, until: { $0.hasPrefix("ready\n") })
        let end = Frame.udp("<end>", from: "192.168.100.20")
        try await guest.run("perl", ["-e", Self.send] + frames + [end])
        try #require(await listening.hasEnded(within: .seconds(120)))
        return try BoundedFile.readText(log).split(separator: "\n").map(String.init).filter { $0 != "ready" }
    }

    /// Labels are in angle brackets.
    private static let receive = """
        use strict; socket(my $s, 17, 3, 0x0300) or die "socket: $!"; $| = 1; print "ready\\n"; alarm 100;
        while (recv($s, my $frame, 2000, 0) // die) {
            next unless $frame =~ /<([a-z0-9 -]+)>/; exit if $1 eq "end"; print "$1\\n";
        }
        """

    private static let send = """
        use strict; open(my $f, "<", "/sys/class/net/eth0/ifindex") or die; my $index = <$f>;
        socket(my $s, 17, 3, 0) or die "socket: $!";
        for (@ARGV) { send($s, pack("H*", $_), 0, pack("S S l S C C a8", 17, 0, $index, 0, 0, 6, "")) or die "send: $!" }
        """
}

/// Runs a test with a switch of this kind and two guests on it.
func withSwitchedGuests(
    _ kind: SwitchPlan.Kind = .nat, adapters: [AdapterPlan] = [], _ body: (SwitchedGuests) async throws -> Void
) async throws {
    try await withNamespaces(3) { spaces in
        try await withScratchFolder { folder in
            let subnet = kind == .nat || kind == .internal ? "192.168.100.0/24" : nil
            let plan = try SwitchPlan(shortID: "0a1b2c3d", kind: kind, subnet: subnet, servesAddresses: true)
            let driver = BridgeSwitch(folder: folder, runner: spaces[0].runner)
            let guests = SwitchedGuests(
                host: spaces[0], guest: spaces[1], other: spaces[2], driver: driver, plan: plan, folder: folder)
            let result: Result<Void, any Error>
            do {
                try await driver.ensureUp(plan, adapters: adapters)
                for (space, tap, address) in [
                    (spaces[1], SwitchedGuests.tap, "52:54:00:00:00:01"),
                    (spaces[2], SwitchedGuests.otherTap, "52:54:00:00:00:02"),
                ] {
                    try await spaces[0].ip(
                        "link add name \(tap) type veth peer name eth0 netns \(space.name) address \(address)",
                        "link set dev \(tap) master \(plan.bridge) up")
                    try await space.ip("link set dev eth0 up")
                }
                result = .success(try await body(guests))
            } catch {
                result = .failure(error)
            }
            try await driver.takeDown(plan)
            try result.get()
        }
    }
}
