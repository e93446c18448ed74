import Glibc
import MartletClient
import MartletLinux
import MartletModel
import MartletTestSupport
import Testing

extension HostSuites {
    /// Switches and adapters as an administrator uses them, with real guests.
    @Suite("Networks", .serialized, .enabled(if: HostFacts.isRoot, "networks need root"))
    struct NetworkTests {
        @Test("a guest that runs is given an adapter, reached through a forwarded port, moved, and lets the adapter go")
        func hotPlug() async throws {
            try await withDaemonLab { lab in
                let shell = try await GuestConsole.start("web", on: lab, "--no-network")
                #expect(try await !shell.output(of: "ip link").contains("eth0"))
                let port = 20_000 + Int(getpid() % 20_000)
                try await lab.martletSucceeds("adapter", "add", "web", "--switch", "nat")
                try await lab.martletSucceeds(
                    "switch", "forward", "add", "nat", "--host-port", "\(port)", "--to", "web:7000")
                let address = try await address(lab, "nat")
                let seen = try await shell.output(
                    of:
                        "until ip link set eth0 up; do sleep 1; done; udhcpc -n -q -i eth0; ip -4 addr show eth0")
                #expect(seen.contains("inet \(address)/24"), "\(seen)")
                _ = try await shell.output(of: "(while true; do echo greeted | nc -l -p 7000; done >/dev/null 2>&1 &)")
                #expect(try await greeting(at: "127.0.0.1", port) == "greeted")
                #expect(try await greeting(at: address, 7000) == "greeted")

                try await lab.kill9()
                try await lab.start()
                #expect(try await greeting(at: "127.0.0.1", port) == "greeted")
                try await lab.martletSucceeds("adapter", "set", "web", "0", "--limit", "10Mbit", "--no-dhcp-guard")
                let listed = try await lab.martletSucceeds("adapter", "list", "web")
                #expect(listed.contains("10 Mbit/s") && listed.contains("address,router"))

                try await lab.martletSucceeds("switch", "create", "lab", "--kind", "internal")
                try await lab.martletSucceeds("adapter", "set", "web", "0", "--switch", "lab", "--limit", "none")
                let moved = try await self.address(lab, "lab")
                let again = try await shell.output(
                    of: "ip addr flush dev eth0; udhcpc -n -q -i eth0; ip -4 addr show eth0")
                #expect(again.contains("inet \(moved)/24"), "\(again)")
                #expect(try await greeting(at: moved, 7000) == "greeted")

                try await lab.martletSucceeds("adapter", "remove", "web", "0")
                #expect(try await !shell.output(of: "ip link").contains("eth0"))
                #expect(try await lab.machine("web").configuration.adapters.isEmpty)
                #expect(try await lab.footprint().interfaces.isEmpty)
                try await lab.martletSucceeds("adapter", "add", "web", "--switch", "user")
                #expect(try await shell.output(of: "sleep 1; ip link").contains("eth0"))
                try await lab.martletSucceeds("vm", "stop", "web", "--turn-off")
                try await lab.martletSucceeds("switch", "delete", "lab")
                #expect(try await lab.footprint().interfaces.isEmpty)
            }
        }

        @Test("a guest that doesn't let an adapter go keeps it, and the message says so")
        func keptAdapter() async throws {
            try await withDaemonLab { lab in
                // Firmware without a disk waits in its menu and knows nothing of adapters that go.
                try await lab.martletSucceeds("vm", "create", "stubborn", "--memory", "128MiB", "--start")
                let outcome = try await lab.martlet("adapter", "remove", "stubborn", "0")
                #expect(outcome.code == 5, "\(outcome)")
                #expect(outcome.errors.contains("did not let the device"), "\(outcome)")
                let machine = try await lab.machine("stubborn")
                #expect(machine.state == .running && machine.configuration.adapters.count == 1)
                #expect(try await lab.footprint().interfaces.count == 2)
                try await lab.martletSucceeds("vm", "stop", "stubborn", "--turn-off")
                try await lab.martletSucceeds("adapter", "remove", "stubborn", "0")
                #expect(try await lab.machine("stubborn").configuration.adapters.isEmpty)
            }
        }

        @Test("a dnsmasq that is killed is started again at once, and the addresses stay")
        func killedDnsmasq() async throws {
            try await withDaemonLab { lab in
                try await lab.martletSucceeds("vm", "create", "a", "--memory", "64MiB", "--start")
                let before = try await address(lab, "nat")
                for killsDaemon in [false, true] {
                    if killsDaemon {
                        try await lab.kill9()
                        try await lab.start()
                    }
                    let first = try #require(dnsmasq(lab))
                    try first.signal(SIGKILL)
                    _ = try await eventually("another dnsmasq") {
                        dnsmasq(lab)
                    } until: {
                        $0 != nil && $0 != first
                    }
                }
                #expect(try await address(lab, "nat") == before)
                let reservations = try BoundedFile.readText("\(try bridgeFolder(lab))/reservations")
                #expect(reservations.contains(",\(before)\n"))
                try await lab.martletSucceeds("vm", "stop", "a", "--turn-off")
                #expect(dnsmasq(lab) == nil)
            }
        }

        @Test(
            "an adapter that carries a default route is taken with --force alone, and the host's own rules stay as they are"
        )
        func external() async throws {
            try await withDaemonLab { lab in
                let adapter = try SpareAdapter.name()
                let runner = CommandRunner()
                try await runner.run("ip", ["link", "set", adapter, "up"])
                try await runner.run("ip", ["address", "replace", "198.51.100.2/24", "dev", adapter])
                try await runner.run("ip", ["route", "replace", "default", "dev", adapter, "metric", "4000"])
                try await runner.runText(
                    "nft", ["-f", "-"],
                    input:
                        "table inet own\ndelete table inet own\ntable inet own { chain c { tcp dport 1 accept; }; }\n")
                let own = try await runner.runText("nft", ["list", "table", "inet", "own"])
                let before = try await runner.runText("ip", ["-4", "route", "show", "dev", adapter])
                let refused = try await lab.martlet(
                    "switch", "create", "lan", "--kind", "external", "--adapter", adapter)
                #expect(refused.code == 4 && refused.errors.contains("default route"), "\(refused)")
                #expect(try await runner.runText("ip", ["-4", "route", "show", "dev", adapter]) == before)
                try await lab.martletSucceeds(
                    "switch", "create", "lan", "--kind", "external", "--adapter", adapter, "--force")
                #expect(try await runner.runText("ip", ["-4", "route", "show", "dev", adapter]).isEmpty)
                try await lab.martletSucceeds("vm", "create", "a", "--memory", "64MiB", "--switch", "lan", "--start")
                let inUse = try await lab.martlet("switch", "delete", "lan")
                #expect(inUse.code == 4 && inUse.errors.contains("'a'"), "\(inUse)")
                try await lab.martletSucceeds("vm", "stop", "a", "--turn-off")
                #expect(try await lab.martletSucceeds("switch", "show", "lan").contains("up"))
                // As after the host's restart.
                let id = try await lab.client { try await $0.getSwitch("lan") }.id.short
                try await lab.kill9()
                try await runner.run("ip", ["link", "delete", "mlt\(id)"])
                try await runner.run("ip", ["address", "replace", "198.51.100.2/24", "dev", adapter])
                try await runner.run("ip", ["route", "replace", "default", "dev", adapter, "metric", "4000"])
                try await lab.start()
                #expect(
                    try await runner.runText("ip", ["-4", "route", "show", "dev", "mlt\(id)"]).contains("metric 4000"))
                try await lab.martletSucceeds("vm", "delete", "a")
                try await lab.martletSucceeds("switch", "delete", "lan")
                #expect(try await runner.runText("ip", ["-4", "route", "show", "dev", adapter]) == before)
                #expect(try await runner.runText("nft", ["list", "table", "inet", "own"]) == own)
                try await runner.run("nft", ["delete", "table", "inet", "own"])
                try await runner.run("ip", ["address", "flush", "dev", adapter])
            }
        }

        @Test("what can't be asked of switches and adapters is refused by name")
        func refused() async throws {
            try await withDaemonLab { lab in
                try await lab.martletSucceeds("vm", "create", "a", "--memory", "64MiB", "--switch", "user")
                try await lab.martletSucceeds("vm", "create", "b", "--memory", "64MiB")
                for (arguments, words) in [
                    (["switch", "create", "nat", "--kind", "private"], "already"),
                    (["switch", "create", "x", "--kind", "private", "--subnet", "10.1.0.0/24"], "no subnet"),
                    (["switch", "create", "x", "--kind", "external"], "--adapter"),
                    (["switch", "create", "x", "--kind", "external", "--adapter", "nosuch0"], "nosuch0"),
                    (["switch", "create", "x", "--kind", "nat", "--no-dhcp"], "internal"),
                    (["switch", "delete", "nat"], "'b'"), (["switch", "delete", "user"], "'a'"),
                    (["switch", "forward", "add", "user", "--host-port", "1", "--to", "a:1"], "nat alone"),
                    (["switch", "forward", "add", "nat", "--host-port", "1", "--to", "a:1"], "no adapter"),
                    (["switch", "forward", "remove", "nat", "--host-port", "1"], "forwards no port"),
                    (["adapter", "set", "a", "0", "--vlan", "7"], "VLAN"),
                    (["adapter", "set", "b", "0", "--address", "10.9.9.9"], "10.9.9.9"),
                    (["adapter", "set", "b", "7", "--vlan", "7"], "no adapter '7'"),
                ] {
                    let outcome = try await Programs.run("martlet", ["--root", lab.root] + arguments)
                    #expect(outcome.code != 0 && outcome.errors.contains(words), "\(arguments): \(outcome)")
                }
                let taken = try await lab.client { try await $0.getMachine("b") }.configuration.adapters[0]
                let twice = try await lab.martlet("adapter", "add", "a", "--hardware-address", taken.hardwareAddress)
                #expect(twice.code == 4 && twice.errors.contains("'b'"), "\(twice)")
            }
        }

        // MARK: Looking

        /// The address of the one machine that is plugged into a switch.
        private func address(_ lab: DaemonLab, _ name: String) async throws -> String {
            let status = try await lab.client { try await $0.getSwitchStatus(name) }
            return try #require(status.adapters.first?.address)
        }

        private func greeting(at address: String, _ port: Int) async throws -> String {
            let script = """
                use IO::Socket::INET; for (1..60) {
                    my $s = IO::Socket::INET->new(PeerAddr => '\(address)', PeerPort => \(port), Timeout => 5);
                    my $line = $s ? <$s> : undef; if ($line) { chomp $line; print $line; exit } sleep 1;
                }
                """
            return try await CommandRunner(timeLimit: .seconds(400)).runText("perl", ["-e", script])
        }

        private func bridgeFolder(_ lab: DaemonLab) throws -> String {
            let names = try FileEntry.names(in: "\(lab.root)/switches").filter { $0.hasPrefix("mlt") }
            return "\(lab.root)/switches/\(try #require(names.first))"
        }

        private func dnsmasq(_ lab: DaemonLab) -> ProcessIdentity? {
            let entries = ProcessTable.entries { arguments in arguments.contains { $0.contains(lab.root) } }
            return entries.filter { $0.arguments.first?.hasSuffix("dnsmasq") == true }
                .compactMap { try? ProcessIdentity(processID: $0.processID) }.first { $0.isAlive }
        }
    }
}
