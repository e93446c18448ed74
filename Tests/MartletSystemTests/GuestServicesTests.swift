import Glibc
import MartletLinux
import MartletModel
import MartletTestSupport
import Testing

extension HostSuites {
    /// The integration services of a real guest, through the command line.
    @Suite("Integration services", .serialized)
    struct GuestServicesTests {
        @Test("a guest's heartbeat comes back after its program's death, the daemon's, a pause, a save and a reboot")
        func heartbeat() async throws {
            try await withDaemonLab { lab in
                let guest = try await GuestConsole.start("hello", on: lab, hasServices: true)
                let first = try await status(lab) { $0.heartbeat == .ok && $0.hostName == "martlet" }
                #expect(first.version == martletVersion && first.services.contains(.freeze))
                #expect(first.interfaces?.contains { $0.addresses.contains { $0.hasPrefix("10.0.2.15/") } } == true)
                // By the device that it has open: busybox knows processes by name, and so does this shell's own line.
                try await guest.run("kill -9 $(pidof martlet-guest)")
                _ = try await status(lab) { $0.heartbeat == .ok && $0.since > first.since }
                try await lab.kill9()
                try await lab.start()
                let adopted = try await status(lab) { $0.heartbeat == .ok }
                try await lab.martletSucceeds("vm", "pause", "hello")
                #expect(try await lab.machine("hello").status.guest?.heartbeat == .ok)
                try await lab.martletSucceeds("vm", "resume", "hello")
                #expect(try await status(lab) { $0.heartbeat == .ok }.since == adopted.since)
                try await lab.martletSucceeds("vm", "save", "hello")
                #expect(try await lab.machine("hello").status.guest == nil)
                try await lab.martletSucceeds("vm", "start", "hello")
                let restored = try await status(lab) { $0.heartbeat == .ok }
                try await lab.martletSucceeds("vm", "reset", "hello")
                _ = try await status(lab) { $0.heartbeat == .ok && $0.since > restored.since }
                let shown = try await lab.martletSucceeds("vm", "show", "hello")
                #expect(shown.contains("Heartbeat") && shown.contains("10.0.2.15"), "\(shown)")
                try await lab.martletSucceeds("vm", "stop", "hello", "--timeout", "2m")
                #expect(try await lab.machine("hello").status.guest == nil)
            }
        }

        @Test(
            "a clock that is wrong is set when the guest goes on, values go both ways, and a service that is off does nothing"
        )
        func services() async throws {
            try await withDaemonLab { lab in
                let guest = try await GuestConsole.start("hello", on: lab, hasServices: true)
                _ = try await status(lab) { $0.heartbeat == .ok }
                try await lab.martletSucceeds("vm", "set", "hello", "--guest-value", "role=web")
                try await guest.run("until grep -q web /var/lib/martlet-guest/from-host/role; do sleep 0.1; done")
                try await guest.run(
                    "mkdir -p /var/lib/martlet-guest/to-host && echo 4711 >/var/lib/martlet-guest/to-host/build")
                _ = try await status(lab) { $0.values?["build"] == "4711" }

                try await guest.run("date -s 2001-01-01")
                try await lab.martletSucceeds("vm", "services", "disable", "hello", "time")
                try await lab.martletSucceeds("vm", "pause", "hello")
                try await lab.martletSucceeds("vm", "resume", "hello")
                #expect(try await guest.output(of: "date +%Y") == "2001")
                try await lab.martletSucceeds("vm", "services", "enable", "time", "--all")
                try await guest.run("until [ $(date +%Y) -gt 2020 ]; do sleep 0.1; done")

                try await lab.martletSucceeds("vm", "services", "disable", "hello", "heartbeat", "exchange")
                _ = try await status(lab) { $0.heartbeat == .off && $0.hostName == nil }
                let list = try await lab.martletSucceeds("vm", "services", "list", "hello")
                #expect(list.contains("heartbeat"), "\(list)")
                let refused = try await lab.martlet("vm", "services", "disable", "hello", "nonsense")
                #expect(refused.code == 2, "\(refused)")
            }
        }

        @Test("a guest without them installs them from the disc that is put into its drive")
        func disc() async throws {
            try await withDaemonLab(starting: false) { lab in
                try await lab.start(share: nil)
                let guest = try await GuestConsole.start("hello", on: lab, "--iso", "", "--memory", "1GiB")
                try await lab.martletSucceeds("vm", "services", "insert", "hello")
                let images = try await lab.martletSucceeds("image", "list")
                #expect(images.contains(GuestServicesDisc.imageName(version: martletVersion)), "\(images)")
                // The first read after a change tells that there was one; what was mounted by itself stands in the way.
                try await guest.run(
                    "cat /dev/sr0 >/dev/null 2>&1; umount /dev/sr0 2>/dev/null; mount -t iso9660 /dev/sr0 /mnt")
                let said = try await guest.run("sh /mnt/install.sh")
                #expect(said.contains("martlet-guest \(martletVersion) is installed"), "\(said)")
                // This guest has no systemd: it is started as the script says.
                try await guest.run("(/usr/sbin/martlet-guest >/dev/null 2>&1 &)")
                _ = try await status(lab) { $0.heartbeat == .ok && $0.version == martletVersion }
                try await guest.run("umount /mnt")
                try await lab.martletSucceeds("iso", "eject", "hello")
                let refused = try await lab.martlet("image", "build", GuestServicesDisc.recipe, "--size", "4GiB")
                #expect(refused.code == 2 && refused.errors.contains("leave size"), "\(refused)")
            }
        }

        private func status(
            _ lab: DaemonLab, until isSo: @escaping (GuestStatus) -> Bool
        ) async throws -> GuestStatus {
            let found = try await eventually(within: .seconds(300), "the guest is as wanted") {
                try await lab.machine("hello").status.guest
            } until: {
                $0.map(isSo) ?? false
            }
            return try #require(found)
        }
    }
}
