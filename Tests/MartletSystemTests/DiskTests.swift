import FoundationEssentials
import Glibc
import MartletClient
import MartletLinux
import MartletModel
import MartletTestSupport
import Testing

extension HostSuites {
    /// Disks that come, go and grow, through the documented commands and against real guests.
    @Suite("Disks", .serialized)
    struct DiskTests {
        @Test("a running guest gets a disk, sees it grow, keeps its data over the daemon's death, and lets go of it")
        func whileRunning() async throws {
            try await withDaemonLab { lab in
                let shell = try await GuestConsole.start("a", on: lab)
                try await lab.martletSucceeds("disk", "create", "data", "64MiB")
                try await lab.martletSucceeds("disk", "create", "plain", "16MiB", "--format", "raw")
                let attached = try await lab.martletSucceeds("disk", "attach", "data", "a")
                #expect(attached.contains("belongs to a, in slot 0"), "\(attached)")
                try await lab.martletSucceeds("disk", "attach", "plain", "a", "--slot", "2")
                try await sectors(shell, "vda", 131_072)
                try await sectors(shell, "vdb", 32_768)
                try await shell.run("dd if=/dev/urandom of=/dev/vda bs=1M count=20 conv=fsync 2>/dev/null")
                let sum = try await shell.run("head -c 20971520 /dev/vda | md5sum")
                try await lab.martletSucceeds("disk", "resize", "data", "96MiB")
                try await sectors(shell, "vda", 196_608)
                try await lab.kill9()
                try await lab.start()
                #expect(try await shell.run("head -c 20971520 /dev/vda | md5sum") == sum)
                let shown = try await lab.disk("data")
                #expect(shown.status?.machine == "a" && shown.status?.slot == 0 && shown.status?.isInUse == true)
                let refused = try await lab.martlet("disk", "delete", "data", "--yes")
                #expect(refused.code == 4, "\(refused)")
                try await lab.martletSucceeds("disk", "detach", "data", "plain", "--timeout", "3m")
                _ = try await shell.run(
                    "for i in $(seq 120); do test -e /dev/vda || break; sleep 1; done; ! test -e /dev/vda")
                #expect(try await lab.disk("data").machine == nil)
                #expect(try await lab.machine("a").configuration.disks.isEmpty)
                // What was written is there for another machine, and what isn't held can go.
                try await lab.martletSucceeds("disk", "attach", "data", "a", "--slot", "3")
                try await sectors(shell, "vda", 196_608)
                #expect(try await shell.run("head -c 20971520 /dev/vda | md5sum") == sum)
                try await lab.martletSucceeds("disk", "delete", "plain", "--yes")
                try await lab.martletSucceeds("vm", "stop", "a", "--turn-off")
                try await lab.martletSucceeds("disk", "detach", "data")
                #expect(try await lab.footprint().processes.isEmpty)
            }
        }

        @Test("a linked copy of an image grows while its guest runs and while it is off, and goes out whole")
        func linkedCopy() async throws {
            let files = try ScratchFolder()
            try await withDaemonLab { lab in
                // The pattern is in the image alone.
                let (raw, out) = ("\(files.path)/disk.raw", "\(files.path)/out.raw")
                try await CommandRunner().run("qemu-img", ["create", "-q", "-f", "raw", raw, "8M"])
                try await CommandRunner().run("qemu-io", ["-f", "raw", "-c", "write -P 7 0 4M", raw])
                let image = "\(files.path)/disk.qcow2"
                try await CommandRunner().run("qemu-img", ["convert", "-f", "raw", "-O", "qcow2", raw, image])
                try await lab.martletSucceeds("image", "import", "base", image)
                let shell = try await GuestConsole.start("a", on: lab, "--image", "base", "--disk-size", "16MiB")
                try await sectors(shell, "vda", 32_768)
                let sum = try await shell.run("head -c 8388608 /dev/vda | md5sum")
                try await lab.martletSucceeds("disk", "resize", "a-1", "32MiB")
                try await sectors(shell, "vda", 65_536)
                try await lab.kill9()
                try await lab.start()
                try await lab.martletSucceeds("disk", "resize", "a-1", "48MiB")
                try await sectors(shell, "vda", 98_304)
                #expect(try await shell.run("head -c 8388608 /dev/vda | md5sum") == sum)
                // It is let go of, comes back with its image, and is written to.
                try await lab.martletSucceeds("disk", "detach", "a-1", "--timeout", "3m")
                try await lab.martletSucceeds("disk", "attach", "a-1", "a")
                try await sectors(shell, "vda", 98_304)
                #expect(try await shell.run("head -c 8388608 /dev/vda | md5sum") == sum)
                try await shell.run(
                    "printf there | dd of=/dev/vda bs=1M seek=40 conv=fsync,notrunc 2>/dev/null")
                try await lab.martletSucceeds("vm", "stop", "a", "--turn-off")
                try await lab.martletSucceeds("disk", "resize", "a-1", "64MiB")
                let smaller = try await lab.martlet("disk", "resize", "a-1", "32MiB", "--shrink")
                #expect(smaller.code != 0 && smaller.errors.contains("linked copy"), "\(smaller)")
                try await lab.martletSucceeds("disk", "export", "a-1", out, "--format", "raw")
                try await lab.martletSucceeds("disk", "convert", "a-1", "--format", "qcow2", "--name", "whole")
                let whole = try await lab.disk("whole")
                #expect(whole.backing == nil && whole.capacity == .mebibytes(64))
                let (linked, own) = (try await lab.disk("a-1"), "\(lab.root)/\(whole.path)")
                #expect(linked.backing != nil && linked.capacity == .mebibytes(64))
                try await CommandRunner().run("qemu-img", ["compare", "-f", "raw", "-F", "qcow2", out, own])
                let read = try await CommandRunner().runText(
                    "qemu-io",
                    ["-f", "raw", "-c", "read -P 7 0 4M", "-c", "read -v 40M 512", "-c", "length", out])
                #expect(!read.contains("failed") && read.contains("there") && read.contains("64 MiB"), "\(read)")
                // What was made of it needs the image no more, nor does the disk itself once it is converted.
                try await lab.martletSucceeds("disk", "convert", "a-1", "--format", "raw")
                #expect(try await lab.disk("a-1").backing == nil)
                try await lab.martletSucceeds("image", "delete", "base", "--yes")
                try await lab.martletSucceeds("vm", "start", "a", "--paused")
                try await lab.martletSucceeds("vm", "stop", "a", "--turn-off")
            }
        }

        @Test("a guest that won't let go keeps its disk; one that lets go later has it detached then")
        func lateRelease() async throws {
            try await withDaemonLab { lab in
                let shell = try await GuestConsole.start("a", on: lab, "--disk", "16MiB")
                try await sectors(shell, "vda", 32_768)
                // Held still while it is asked, it can't answer.
                let qemu = try ProcessIdentity(processID: try #require(try await lab.machine("a").status.processID))
                let detaching = Task { try await lab.martlet("disk", "detach", "a-1", "--timeout", "2s") }
                _ = try await eventually(within: .seconds(60), "the guest is asked") {
                    try await lab.client { try await $0.listOperations() }
                } until: {
                    $0.contains { $0.kind == "disk.detach" && $0.steps[0].state == .started }
                }
                try await lab.martletSucceeds("vm", "pause", "a")
                let outcome = try await detaching.value
                // It may have been quicker than the pause.
                if outcome.code != 0 {
                    #expect(outcome.code == 5, "\(outcome)")
                    #expect(outcome.errors.contains("keeps it"), "\(outcome)")
                    #expect(try await lab.disk("a-1").machine != nil)
                    let again = try await lab.martlet("disk", "detach", "a-1")
                    #expect(again.errors.contains("paused"), "\(again)")
                }
                try await lab.martletSucceeds("vm", "resume", "a")
                _ = try await eventually(within: .seconds(180), "the disk is detached") {
                    try await lab.disk("a-1")
                } until: {
                    $0.machine == nil && $0.status?.isInUse == false
                }
                #expect(try await lab.machine("a").configuration.disks.isEmpty)
                #expect(qemu.isAlive)
            }
        }

        @Test("firmware that never lets go leaves the disk where it is, and turning the machine off frees it")
        func neverReleased() async throws {
            try await withDaemonLab { lab in
                try await lab.martletSucceeds(
                    "vm", "create", "a", "--memory", "128MiB", "--switch", "user", "--disk", "1MiB", "--start")
                let outcome = try await lab.martlet("disk", "detach", "a-1", "--timeout", "1s")
                #expect(outcome.code == 5, "\(outcome)")
                #expect(outcome.errors.contains("--timeout"), "\(outcome)")
                #expect(try await lab.disk("a-1").status?.machine == "a")
                try await lab.martletSucceeds("vm", "stop", "a", "--turn-off")
                try await lab.martletSucceeds("disk", "detach", "a-1")
                #expect(try await lab.disk("a-1").path.hasPrefix("disks/"))
                try await lab.martletSucceeds("vm", "start", "a", "--paused")
                try await lab.martletSucceeds("disk", "attach", "a-1", "a")
                #expect(try await lab.machine("a").configuration.disks.count == 1)
            }
        }

        @Test("a disk that another program has locked is neither attached nor started with; who holds it is told")
        func locked() async throws {
            try await withDaemonLab { lab in
                try await lab.martletSucceeds("disk", "create", "data", "16MiB")
                try await lab.martletSucceeds("vm", "create", "a", "--memory", "64MiB", "--switch", "user")
                let file = "\(lab.root)/\(try await lab.disk("data").path)"
                let holder = try DetachedProcess.spawn(
                    executable: "/usr/bin/qemu-io", arguments: ["-f", "qcow2", "-c", "sleep 600000", file],
                    environment: ["PATH": "/usr/bin"], workingDirectory: "/", log: "/dev/null", descriptors: [])
                defer { try? holder.signal(SIGKILL) }
                try await waitUntilLocked(file)
                let refused = try await lab.martlet("disk", "resize", "data", "32MiB")
                #expect(refused.errors.contains("locked by qemu-io (process \(holder.processID))"), "\(refused)")
                let attach = try await lab.martlet("disk", "attach", "data", "a")
                #expect(attach.code == 4, "\(attach)")
                #expect(attach.errors.contains(file), "\(attach)")
                try holder.signal(SIGKILL)
                _ = await holder.waitForExit()
                try await lab.martletSucceeds("disk", "attach", "data", "a")
                let second = try DetachedProcess.spawn(
                    executable: "/usr/bin/qemu-io", arguments: ["-f", "qcow2", "-c", "sleep 600000", file],
                    environment: ["PATH": "/usr/bin"], workingDirectory: "/", log: "/dev/null", descriptors: [])
                defer { try? second.signal(SIGKILL) }
                try await waitUntilLocked(file)
                let start = try await lab.martlet("vm", "start", "a", "--paused")
                #expect(start.errors.contains("locked by"), "\(start)")
                #expect(try await lab.machine("a").state == .off)
            }
        }

        @Test("a disk becomes smaller only while it is off, when it is asked to, and where nothing is written")
        func shrink() async throws {
            try await withDaemonLab { lab in
                for format in ["qcow2", "raw"] {
                    try await lab.martletSucceeds("disk", "create", format, "64MiB", "--format", format)
                    let file = "\(lab.root)/\(try await lab.disk(format).path)"
                    let written = try await CommandRunner().runText(
                        "qemu-io", ["-f", format, "-c", "write -P 7 0 1M", "-c", "write -P 9 40M 1M", file])
                    #expect(written.contains("wrote"))
                    let unasked = try await lab.martlet("disk", "resize", format, "32MiB")
                    #expect(unasked.code != 0 && unasked.errors.contains("--shrink"), "\(unasked)")
                    let full = try await lab.martlet("disk", "resize", format, "32MiB", "--shrink")
                    #expect(full.code != 0 && full.errors.contains("data up to 41 MiB"), "\(full)")
                    try await lab.martletSucceeds("disk", "resize", format, "48MiB", "--shrink")
                    #expect(try await lab.disk(format).capacity == .mebibytes(48))
                    let read = try await CommandRunner().runText(
                        "qemu-io", ["-f", format, "-c", "read -P 9 40M 1M", "-c", "length", file])
                    #expect(read.contains("48 MiB") && !read.contains("failed"), "\(read)")
                }
            }
        }

        private func waitUntilLocked(_ file: String) async throws {
            _ = try await eventually("the file is locked") {
                (try? ImageLock.requireFree(file)) == nil
            } until: {
                $0
            }
        }

        private func sectors(_ shell: GuestConsole, _ disk: String, _ count: Int) async throws {
            try await shell.run(
                "for i in $(seq 240); do test \"$(cat /sys/block/\(disk)/size 2>/dev/null)\" = \(count) && break; sleep 0.5; done; cat /sys/block/\(disk)/size | grep -qx \(count)"
            )
        }
    }
}
