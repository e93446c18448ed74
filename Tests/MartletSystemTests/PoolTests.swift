import FoundationEssentials
import Glibc
import MartletClient
import MartletLinux
import MartletModel
import MartletTestSupport
import Testing

extension HostSuites {
    /// Pools that fill, go and come back, with real file systems and real guests.
    @Suite("Pools", .serialized)
    struct PoolTests {
        @Test(
            "a guest that fills its pool stands still, critical, goes on by itself when there is room, and lost nothing"
        )
        func fullPool() async throws {
            try await withPool(sizeInMebibytes: 24) { lab, pool in
                let shell = try await GuestConsole.start("a", on: lab, "--disk", "200MiB", "--pool", "small")
                try await shell.run(
                    "for i in $(seq 240); do test -e /dev/vda && break; sleep 0.5; done; for i in 1 2 3 4 5 6; do cat /bin/busybox /sbin/init; done | dd of=/tmp/f bs=64k 2>/dev/null; for i in 1 2 3 4; do cat /tmp/f; done | head -c 40000000 > /tmp/g; test $(wc -c < /tmp/g) -gt 30000000"
                )
                let sum = try await shell.run("md5sum < /tmp/g")
                let size = try await shell.run("wc -c < /tmp/g").filter(\.isNumber)
                let writing = try await shell.begin("dd if=/tmp/g of=/dev/vda bs=1M conv=fsync 2>/dev/null")
                try await lab.martletSucceeds("vm", "wait", "a", "--state", "critical", "--timeout", "5m")
                let machine = try await lab.machine("a")
                #expect(machine.status.cause?.code == "insufficientSpace")
                #expect(machine.status.cause?.message.contains("'a-1'") == true, "\(machine.status)")
                #expect(machine.status.cause?.message.contains("'small'") == true, "\(machine.status)")
                #expect(try await lab.martletSucceeds("pool", "list").contains("full"))
                let check = try await lab.martlet("host", "check")
                #expect(check.code == 1 && check.output.contains("0 B of 24 MiB free"), "\(check)")
                let paused = try await lab.martlet("vm", "pause", "a")
                #expect(paused.code == 4, "\(paused)")
                // A daemon that is restarted meanwhile knows it again.
                try await lab.kill9()
                try await lab.start()
                let again = try await lab.machine("a")
                #expect(again.state == .critical)
                #expect(again.status.cause?.code == "insufficientSpace", "\(again.status)")
                try await CommandRunner().run("mount", ["-o", "remount,size=96m", pool])
                try await lab.martletSucceeds("vm", "wait", "a", "--state", "running", "--timeout", "5m")
                _ = try await shell.end(of: writing)
                #expect(
                    try await shell.run("echo 3 > /proc/sys/vm/drop_caches; head -c \(size) /dev/vda | md5sum") == sum)
                #expect(try await lab.machine("a").status.cause == nil)
                try await lab.martletSucceeds("vm", "stop", "a", "--turn-off")
            }
        }

        @Test("a guest whose disk can't be read stands still, critical, and goes on when it can; a lost write is told")
        func failingDevice() async throws {
            try await FailingDevice.with { device in
                try await withDaemonLab { lab in
                    try await lab.martletSucceeds("pool", "create", "small", device.path)
                    let shell = try await GuestConsole.start("a", on: lab, "--disk", "64MiB", "--pool", "small")
                    try await shell.run(
                        "until test -e /dev/vda; do sleep 0.1; done; head -c 4000000 /dev/urandom >/tmp/f")
                    let sum = try await shell.run("md5sum </tmp/f")
                    try await shell.run("dd if=/tmp/f of=/dev/vda bs=1M conv=fsync")
                    let read = "echo 3 >/proc/sys/vm/drop_caches; head -c 4000000 /dev/vda | md5sum"
                    for resumes in [true, false] {
                        try device.forget(try await lab.disk("a-1").path)
                        try device.breakDown(.reads)
                        let reading = try await shell.begin(read)
                        try await standsStill(lab)
                        if resumes {
                            // A daemon that is restarted meanwhile knows it again.
                            try await lab.kill9()
                            try await lab.start()
                            try await standsStill(lab)
                        }
                        try device.mend(.reads)
                        if resumes { try await lab.martletSucceeds("vm", "resume", "a") }
                        #expect(try await shell.end(of: reading) == sum)
                        #expect(try await lab.machine("a").status.cause == nil)
                    }
                    // What the kernel had taken and couldn't write is lost, and QEMU flushes that disk no more.
                    try device.breakDown(.writes)
                    _ = try await shell.begin("dd if=/tmp/f of=/dev/vda bs=1M seek=8 conv=fsync")
                    try await standsStill(lab)
                    try device.mend(.writes)
                    _ = try await lab.martlet("vm", "resume", "a")
                    let cause = try await standsStill(lab)
                    #expect(cause.message.contains("turning the machine off and starting it"), "\(cause)")
                    try await lab.martletSucceeds("vm", "stop", "a", "--turn-off")
                    try await lab.martletSucceeds("vm", "start", "a")
                    try await shell.logIn()
                    #expect(try await shell.run(read) == sum)
                    try await lab.martletSucceeds("vm", "stop", "a", "--turn-off")
                }
            }
        }

        /// Waits until the machine stands still for an I/O error of its disk.
        ///
        /// - Returns: what it says of that.
        @discardableResult
        private func standsStill(_ lab: DaemonLab) async throws -> Failure {
            try await lab.martletSucceeds("vm", "wait", "a", "--state", "critical", "--timeout", "5m")
            let cause = try #require(try await lab.machine("a").status.cause)
            #expect(cause.code == "ioFailed")
            #expect(cause.message.contains("'a-1'") && cause.message.contains("'small'"), "\(cause)")
            return cause
        }

        @Test("a pool that isn't mounted is no empty pool: what is on it says so, and works again when it is back")
        func unmounted() async throws {
            let hidden = try ScratchFolder()
            try await withPool(sizeInMebibytes: 64) { lab, pool in
                try await lab.martletSucceeds("pool", "set", "small", "--default")
                try await lab.martletSucceeds(
                    "vm", "create", "a", "--memory", "64MiB", "--switch", "user", "--disk", "8MiB")
                #expect(try await lab.disk("a-1").path.hasPrefix("\(pool)/disks/"))
                try await CommandRunner().run("mount", ["--bind", pool, hidden.path])
                try await CommandRunner().run("umount", [pool])
                for arguments in [["vm", "start", "a", "--paused"], ["disk", "create", "x", "1MiB"]] {
                    let outcome = try await Programs.run("martlet", ["--root", lab.root] + arguments)
                    #expect(outcome.code != 0 && outcome.errors.contains("mount what belongs there"), "\(outcome)")
                }
                #expect(try await lab.martletSucceeds("pool", "show", "small").contains("missing"))
                #expect(try await lab.martletSucceeds("disk", "list").contains("missing"))
                #expect(try FileEntry.names(in: pool).isEmpty)
                // A daemon that starts meanwhile loses none of it.
                try await lab.terminate()
                try await lab.start()
                try await CommandRunner().run("mount", ["--bind", hidden.path, pool])
                try await CommandRunner().run("umount", [hidden.path])
                try await lab.martletSucceeds("vm", "start", "a", "--paused")
                try await lab.martletSucceeds("vm", "stop", "a", "--turn-off")
                let used = try await lab.martlet("pool", "delete", "small")
                #expect(used.code == 4, "\(used)")
                try await lab.martletSucceeds("vm", "delete", "a", "--disks")
                try await lab.martletSucceeds("pool", "delete", "small")
                try await lab.martletSucceeds("pool", "create", "again", pool)
            }
        }

        @Test("folders that can't be trusted are refused with the reason")
        func unsafeFolders() async throws {
            try await withDaemonLab { lab in
                let scratch = try ScratchFolder()
                let open = "\(scratch.path)/open"
                try Folder.make(open, mode: 0o777)
                try #require(symlink(open, "\(scratch.path)/link") == 0)
                try AtomicFile.write([], to: "\(scratch.path)/file", mode: 0o600)
                let cases = [
                    (open, "chmod go-w"), ("\(scratch.path)/link", "another name"),
                    ("\(scratch.path)/file", "not a folder"),
                    ("\(scratch.path)/none", "no folder"), ("\(lab.root)/disks", "overlaps"), ("/", "end with it"),
                ]
                for (path, reason) in cases {
                    let outcome = try await lab.martlet("pool", "create", "p", path)
                    #expect(outcome.code != 0 && outcome.errors.contains(reason), "\(path): \(outcome)")
                }
                if HostFacts.isRoot {
                    let closed = "\(scratch.path)/closed"
                    try Folder.make(closed, mode: 0o700)
                    let outcome = try await lab.martlet("pool", "create", "p", closed)
                    #expect(outcome.code != 0 && outcome.errors.contains("chmod o+x"), "\(outcome)")
                }
                #expect(try await lab.client { try await $0.listPools() }.count == 1)
            }
        }

        @Test("in a pool without room every operation says so, leaves nothing half-made, and works once there is some")
        func noRoom() async throws {
            let outside = try ScratchFolder()
            try await withPool(sizeInMebibytes: 8) { lab, pool in
                let image = "\(outside.path)/image.raw"
                try await CommandRunner().run("qemu-img", ["create", "-q", "-f", "raw", image, "32M"])
                try await CommandRunner().run("qemu-io", ["-f", "raw", "-c", "write -P 5 0 16M", image])
                try await lab.martletSucceeds(
                    "disk", "create", "source", "--from", image, "--from-format", "raw", "--pool", "root")
                try await lab.martletSucceeds("disk", "create", "here", "1MiB", "--pool", "small")
                let before = try FileEntry.names(in: "\(pool)/disks").sorted()
                let attempts = [
                    ["disk", "create", "x", "--from", image, "--from-format", "raw", "--pool", "small"],
                    ["disk", "convert", "source", "--format", "qcow2", "--name", "x", "--pool", "small"],
                    ["disk", "convert", "source", "--format", "vhdx", "--name", "x", "--pool", "small"],
                    ["disk", "export", "source", "\(pool)/x.raw", "--format", "raw"],
                ]
                for arguments in attempts {
                    let outcome = try await Programs.run("martlet", ["--root", lab.root] + arguments)
                    #expect(outcome.code != 0, "\(arguments): \(outcome)")
                    #expect(
                        outcome.errors.contains("room") || outcome.errors.contains("among the host's own files"),
                        "\(arguments): \(outcome)")
                    #expect(try FileEntry.names(in: "\(pool)/disks").sorted() == before, "\(arguments)")
                }
                try FullDisk.fill(pool)
                for arguments in [
                    ["disk", "create", "x", "4GiB", "--pool", "small"],
                    [
                        "vm", "create", "v", "--memory", "64MiB", "--disk", "1GiB", "--pool", "small", "--switch",
                        "user",
                    ],
                    ["disk", "convert", "here", "--format", "raw"],
                ] {
                    let outcome = try await Programs.run("martlet", ["--root", lab.root] + arguments)
                    #expect(outcome.code != 0 && outcome.errors.contains("room"), "\(arguments): \(outcome)")
                    #expect(try FileEntry.names(in: "\(pool)/disks").sorted() == before, "\(arguments)")
                }
                #expect(try await lab.client { try await $0.listDisks() }.map(\.name) == ["here", "source"])
                try FullDisk.makeRoom(pool)
                try await lab.martletSucceeds("disk", "create", "x", "4GiB", "--pool", "small")
                try await lab.martletSucceeds("disk", "convert", "here", "--format", "raw")
            }
        }

        /// A host with a pool `small`, which is a file system of its own.
        private func withPool(
            sizeInMebibytes size: Int, _ body: (DaemonLab, String) async throws -> Void
        ) async throws {
            let folder = try ScratchFolder()
            let path = folder.path
            try await CommandRunner().run("mount", ["-t", "tmpfs", "-o", "size=\(size)m,mode=755", "tmpfs", path])
            do {
                try await withDaemonLab { lab in
                    try await lab.martletSucceeds("pool", "create", "small", path)
                    try await body(lab, path)
                }
            } catch {
                _ = try? await CommandRunner().run("umount", ["--lazy", path])
                throw error
            }
            _ = try await CommandRunner().run("umount", ["--lazy", path])
        }
    }
}
