import MartletLinux
import MartletModel
import MartletTestSupport
import Testing

extension HostSuites {
    /// A guest with the integration services and a file system on a disk, frozen for checkpoints.
    @Suite("A production checkpoint of a real guest", .serialized)
    struct ProductionTests {
        private static let hooks = "/etc/martlet-guest/hooks"

        /// A guest whose /mnt/vda is ext4.
        private func guest(on lab: DaemonLab) async throws -> GuestConsole {
            let raw = "\(lab.root)/data.raw"
            try await CommandRunner().run("qemu-img", ["create", "-q", "-f", "raw", raw, "64M"])
            try await CommandRunner().run("mkfs.ext4", ["-q", "-F", raw])
            try await lab.martletSucceeds("disk", "create", "data", "--from", raw, "--from-format", "raw")
            let guest = try await GuestConsole.start("hello", on: lab, hasServices: true, "--disk", "data")
            try await guest.run("grep -q '/mnt/vda ext4' /proc/mounts")
            try await heartbeat(lab)
            return guest
        }

        private func heartbeat(_ lab: DaemonLab) async throws {
            _ = try await eventually(within: .seconds(300), "the guest's services answer") {
                try await lab.machine("hello").status.guest
            } until: {
                $0?.heartbeat == .ok
            }
        }

        private func hook(_ name: String, _ script: String, _ guest: GuestConsole) async throws {
            try await guest.run("mkdir -p \(Self.hooks)")
            try await guest.run(
                "printf '#!/bin/sh\\n\(script)\\n' >\(Self.hooks)/\(name); chmod 755 \(Self.hooks)/\(name)")
        }

        private func untilFrozen(_ lab: DaemonLab) async throws {
            _ = try await eventually(within: .seconds(120), "the guest is frozen") {
                FileEntry.exists(lab.frozenMark)
            } until: {
                $0
            }
        }

        /// Makes a checkpoint, and does something while the guest is frozen.
        private func checkpoint(
            _ lab: DaemonLab, _ name: String, _ options: String..., whileFrozen body: () async throws -> Void = {}
        ) async throws -> Programs.Outcome {
            let arguments = ["--root", lab.root, "checkpoint", "create", "hello", name] + options
            async let outcome = Programs.run("martlet", arguments)
            try await untilFrozen(lab)
            let result: Result<Void, any Error>
            do { result = .success(try await body()) } catch { result = .failure(error) }
            if FileEntry.exists(lab.frozenMark) { try Folder.removeTree(lab.frozenMark) }
            let ended = try await outcome
            try result.get()
            return ended
        }

        /// Begins to write to the disk, which can't go on as long as it is frozen.
        private func beginWrite(_ guest: GuestConsole) async throws {
            try await guest.run("rm -f /tmp/wrote; (echo x >/mnt/vda/x; touch /tmp/wrote) & echo $! >/tmp/writer")
            try await guest.run(
                "until grep -q '^State:.D' /proc/$(cat /tmp/writer)/status; do :; done; ! [ -e /tmp/wrote ]")
        }

        private func untilWritten(_ guest: GuestConsole) async throws {
            try await guest.run("until [ -e /tmp/wrote ]; do sleep 0.1; done; echo y >/mnt/vda/y; sync")
        }

        @Test("its file systems stand still while its disks are forked, and its hooks decide what that is worth")
        func real() async throws {
            try await withDaemonLab(starting: false) { lab in
                try await lab.startLingering()
                let guest = try await guest(on: lab)
                try await guest.run("echo kept >/mnt/vda/kept")
                let plain = try await checkpoint(lab, "plain", "--type", "production-only") {
                    try await beginWrite(guest)
                }
                #expect(plain.code == 0 && plain.output.contains("plain: production, file-system"), "\(plain)")
                try await untilWritten(guest)
                let shown = try await lab.martletSucceeds("checkpoint", "show", "hello", "plain")
                #expect(shown.contains("Guest frozen"), "\(shown)")
                // The write that stood still isn't in it, and the file system is whole without its journal.
                try await lab.martletSucceeds("checkpoint", "export", "hello", "plain", lab.outside("export"))
                let raw = "\(lab.outside("export"))/raw"
                try await CommandRunner().run(
                    "qemu-img", ["convert", "-O", "raw", "\(lab.outside("export"))/data.qcow2", raw])
                let head = try await CommandRunner().runText("dumpe2fs", ["-h", raw])
                #expect(!head.contains("needs_recovery"), "\(head)")
                try await CommandRunner().run("e2fsck", ["-fn", raw])
                #expect(try await CommandRunner().runText("debugfs", ["-R", "cat /x", raw]).isEmpty)

                // Somewhere else it is a machine of its own.
                try await lab.martletSucceeds(
                    "disk", "create", "elsewhere", "--from", "\(lab.outside("export"))/data.qcow2")
                let other = try await GuestConsole.start("other", on: lab, "--disk", "elsewhere")
                #expect(try await other.output(of: "cat /mnt/vda/kept") == "kept")
                try await lab.martletSucceeds("vm", "stop", "other", "--turn-off")

                try await hook("10-good", "echo $@ >>/tmp/hooks", guest)
                try await hook("20-none", "exit 77", guest)
                let orderly = try await checkpoint(lab, "orderly")
                #expect(orderly.output.contains("orderly: production, application"), "\(orderly)")
                #expect(!orderly.output.contains("warning"), "\(orderly)")
                let called = try await guest.output(of: "cut -d ' ' -f 1,3 /tmp/hooks")
                #expect(called == "freeze 10\nthaw 10")
                try await hook("30-bad", "echo not today; exit 3", guest)
                let failed = try await checkpoint(lab, "failed")
                #expect(failed.output.contains("failed: production, file-system"), "\(failed)")
                #expect(failed.output.contains("'30-bad' failed with 3: not today"), "\(failed)")
            }
        }

        @Test(
            "it thaws by itself when its time is up, whatever has died or stands still, and what isn't consistent isn't called so"
        )
        func watchdog() async throws {
            try await withDaemonLab(starting: false) { lab in
                try await lab.startLingering()
                let guest = try await guest(on: lab)
                let late = try await checkpoint(lab, "late", "--freeze-limit", "1") {
                    try await beginWrite(guest)
                    try await untilWritten(guest)
                }
                #expect(late.output.contains("late: production, crash"), "\(late)")
                #expect(late.output.contains("NOT consistent"), "\(late)")
                let refused = try await checkpoint(lab, "no", "--freeze-limit", "1", "--type", "production-only") {
                    try await beginWrite(guest)
                    try await untilWritten(guest)
                }
                #expect(refused.code != 0 && refused.errors.contains("thawed itself"), "\(refused)")

                // The program and the process that holds, both at once.
                let killed = try await checkpoint(lab, "killed", "--freeze-limit", "60") {
                    try await beginWrite(guest)
                    try await guest.run("kill -9 $(pidof martlet-guest)")
                    try await untilWritten(guest)
                }
                #expect(killed.output.contains("killed: production, crash"), "\(killed)")
                #expect(killed.output.contains("isn't known"), "\(killed)")
                try await heartbeat(lab)
                // The program alone stands still; the host gives it up.
                let hung = try await checkpoint(lab, "hung", "--freeze-limit", "1") {
                    try await beginWrite(guest)
                    try await guest.run(
                        "for p in $(pidof martlet-guest); do grep -q hold /proc/$p/cmdline || kill -STOP $p; done")
                    try await untilWritten(guest)
                }
                #expect(hung.output.contains("hung: production, crash"), "\(hung)")
                let standard = try await lab.martletSucceeds("checkpoint", "create", "hello", "without")
                #expect(standard.contains("NOT a production checkpoint"), "\(standard)")
                try await guest.run("kill -CONT $(pidof martlet-guest)")
                try await heartbeat(lab)

                // The daemon, in whose name nobody will thaw.
                async let lost = lab.martlet("checkpoint", "create", "hello", "lost", "--freeze-limit", "20")
                try await untilFrozen(lab)
                try await beginWrite(guest)
                try await lab.kill9()
                try Folder.removeTree(lab.frozenMark)
                try await lab.start()
                try await untilWritten(guest)
                _ = try await lost
                let end = try await lab.endOfNewest("checkpoint.create")
                #expect(end.state.isEnded)
                #expect(try await lab.machine("hello").state == .running)
                #expect(try await guest.output(of: "cat /mnt/vda/y") == "y")
            }
        }
    }
}
