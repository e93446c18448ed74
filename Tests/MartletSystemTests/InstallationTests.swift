import FoundationEssentials
import MartletModel
import MartletTestSupport
import Testing

/// The package on a Debian 12 that has nothing but Debian's base and what the package depends on, booted with systemd.
@Suite("The installed package", .serialized, .timeLimit(.minutes(90)))
struct InstallationTests {
    @Test(
        "it is installed, upgraded under a running guest, survives its daemon's death and a boot, and leaves the data")
    func wholeLife() async throws {
        try await withPackage(version: "9.0.1") { first in
            try await withPackage(version: "9.0.2") { second in
                try await GuestHost.with { host in
                    let guest = try Programs.guest()
                    try await host.put([first, second, guest.kernel, guest.initrd ?? ""], in: "/root/")
                    try await install(host)
                    try await startGuest(host)
                    try await admitUsers(host)
                    try await upgrade(host)
                    try await killDaemon(host)
                    try await breakConfiguration(host)
                    try await setClock(host)
                    try await reboot(host)
                    try await remove(host)
                }
            }
        }
    }

    /// Takes long where all is emulated; `make test-vsock` runs it.
    @Test(
        "its guests are spoken to by vsock",
        .enabled(if: ProcessInfo.processInfo.environment["MARTLET_TEST_VSOCK"] != nil))
    func vsock() async throws {
        try await withPackage(version: "9.0.1") { package in
            try await GuestHost.with { host in
                let guest = try Programs.guest(hasServices: true)
                try await host.put([package, guest.kernel, guest.initrd ?? ""], in: "/root/")
                try await install(host)
                try await VsockScenario(host: host).run()
            }
        }
    }

    private func install(_ host: GuestHost) async throws {
        try await host.succeeds(Self.apt("install", "/root/martlet_9.0.1_amd64.deb"))
        for unit in ["martletd", "martlet-guests", "martlet-machines"] {
            #expect(try await host.run("systemctl is-active \(unit)").output == "active\n", "\(unit)")
        }
        let check = try await host.run("martlet host check")
        #expect(check.code == 0, "\(check)")
        #expect(try await host.succeeds("systemctl show -p StatusText martletd").contains("answering at https://"))
        try await host.succeeds(
            "systemd-analyze verify martletd.service martlet-guests.service martlet-machines.service")
        try await host.succeeds("man -w martlet martlet-vm-start martletd martletd.conf")
        try await host.succeeds("martletd --check-config")
    }

    /// The host within has a KVM of its own, where the processor that is emulated has virtualization.
    private func startGuest(_ host: GuestHost) async throws {
        try await host.succeeds(
            """
            martlet vm create hello --generation direct --kernel /root/vmlinuz --initrd /root/initrd.img \
            --append 'console=ttyS0 earlyprintk=serial' --memory 128MiB --cpus 1 --disk 64MiB --start
            """)
        try await host.succeeds("martlet vm console hello --until 'Linux version' --timeout 5m </dev/null >/dev/null")
        #expect(try await processID(host) > 0)
    }

    /// Members of the group are administrators without a word about where the host is; others are told what they lack.
    private func admitUsers(_ host: GuestHost) async throws {
        try await host.succeeds("adduser --quiet --disabled-password --gecos '' ann && adduser --quiet ann martlet")
        try await host.succeeds("adduser --quiet --disabled-password --gecos '' bob")
        #expect(try await host.succeeds("runuser -u ann -- martlet vm list").contains("hello"))
        let refused = try await host.run("runuser -u bob -- martlet vm list")
        #expect(refused.code == 7, "\(refused)")
        #expect(refused.errors.contains("join the group 'martlet'"), "\(refused)")
    }

    private func upgrade(_ host: GuestHost) async throws {
        let (guest, daemon) = (try await processID(host), try await daemonID(host))
        try await host.succeeds(Self.apt("install", "/root/martlet_9.0.2_amd64.deb"))
        #expect(try await host.succeeds("dpkg-query -W -f '${Version}' martlet") == "9.0.2")
        #expect(try await daemonID(host) != daemon)
        #expect(try await processID(host) == guest)
        #expect(try await isRunning(host))
    }

    private func killDaemon(_ host: GuestHost) async throws {
        let (guest, daemon) = (try await processID(host), try await daemonID(host))
        try await host.succeeds("kill -9 \(daemon)")
        let another = "test \"$(systemctl show -p MainPID --value martletd)\" != \(daemon)"
        _ = try await eventually(within: .seconds(120), "systemd starts the daemon again, and it answers") {
            try await host.run("\(another) && martlet vm show hello").code
        } until: {
            $0 == 0
        }
        #expect(try await isRunning(host))
        #expect(try await processID(host) == guest)
    }

    private func breakConfiguration(_ host: GuestHost) async throws {
        let guest = try await processID(host)
        try await host.succeeds("echo 'log-level = loud' >>/etc/martlet/martletd.conf")
        #expect(try await host.run("systemctl restart martletd").code != 0)
        #expect(try await host.succeeds("journalctl -u martletd -o cat").contains("log-level: 'loud' is no level"))
        #expect(try await host.succeeds("systemctl show -p NRestarts --value martletd") == "0\n")
        #expect(try await host.run("test -d /proc/\(guest)").code == 0)
        try await host.succeeds("sed -i '$d' /etc/martlet/martletd.conf && systemctl start martletd")
        #expect(try await processID(host) == guest)
    }

    /// The host's clock is set by a day, either way, while a machine waits to be started again and while an operation waits for a
    /// guest: neither waits until the clock is there again, and nothing ends that hadn't ended.
    private func setClock(_ host: GuestHost) async throws {
        let guest = try await processID(host)
        try await host.succeeds(
            "martlet vm create again --generation 1 --memory 64MiB --no-network --restart onFailure --start")
        for day in ["1 day ago", "2 days", "1 day ago"] {
            let killed = try await shown(host, "again", "processID")
            try await host.succeeds("kill -9 \(killed) && date --set '\(day)'")
            _ = try await eventually(within: .seconds(300), "it is started again, with the clock set to '\(day)'") {
                let state = try await shown(host, "again", "state")
                let processID = try await shown(host, "again", "processID")
                return state == "running" && !processID.isEmpty && processID != killed
            } until: {
                $0
            }
        }
        // What has nothing to boot doesn't obey; a time limit on the wall clock would be a day away.
        let refused = try await host.run(
            "(sleep 2; date --set '1 day ago') >&2 & martlet vm stop again --timeout 10s; c=$?; wait; exit $c")
        #expect(refused.code != 0 && refused.errors.contains("--turn-off"), "\(refused)")
        try await host.succeeds(
            "date --set '1 day' && martlet vm stop again --turn-off && martlet vm delete again --yes")
        #expect(try await processID(host) == guest)
        #expect(try await isRunning(host))
    }

    /// A word of a machine's status.
    private func shown(_ host: GuestHost, _ name: String, _ key: String) async throws -> String {
        try await host.succeeds(
            "martlet vm show \(name) --output json | sed -n 's/.*\"\(key)\" *: *\"\\?\\([^\",]*\\).*/\\1/p' | head -n 1"
        ).filter { !$0.isWhitespace }
    }

    private func reboot(_ host: GuestHost) async throws {
        try await host.reboot()
        _ = try await eventually(within: .seconds(300), "the daemon answers after the boot") {
            try await host.run("martlet vm show hello").code
        } until: {
            $0 == 0
        }
    }

    private func remove(_ host: GuestHost) async throws {
        let removal = try await host.run(Self.apt("remove", "martlet") + " 2>&1")
        #expect(removal.code == 0, "\(removal)")
        #expect(removal.output.contains("stay in /var/lib/martlet"), "\(removal)")
        #expect(try await host.run("systemctl is-active martletd").output != "active\n")
        let disks = try await host.succeeds("find /var/lib/martlet -name '*.qcow2'")
        #expect(!disks.isEmpty)
        try await host.succeeds(Self.apt("install", "/root/martlet_9.0.2_amd64.deb"))
        #expect(try await host.succeeds("martlet vm list").contains("hello"))
        try await host.succeeds(Self.apt("purge", "martlet"))
        #expect(try await host.succeeds("find /var/lib/martlet -name '*.qcow2'") == disks)
        #expect(try await host.run("ls /etc/martlet /etc/pam.d/martlet").code != 0)
    }

    private static func apt(_ verb: String, _ what: String) -> String {
        "DEBIAN_FRONTEND=noninteractive apt-get -q -y --no-install-recommends \(verb) \(what)"
    }

    private func isRunning(_ host: GuestHost) async throws -> Bool {
        try await host.succeeds("martlet vm show hello --output json").filter { !$0.isWhitespace }
            .contains("\"state\":\"running\"")
    }

    private func processID(_ host: GuestHost) async throws -> Int {
        Int(try await host.succeeds("pgrep -o -f '^/usr/bin/qemu-system-x86_64 '").prefix { $0.isNumber }) ?? 0
    }

    private func daemonID(_ host: GuestHost) async throws -> Int {
        Int(try await host.succeeds("systemctl show -p MainPID --value martletd").prefix { $0.isNumber }) ?? 0
    }
}
