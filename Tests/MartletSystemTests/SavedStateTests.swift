import FoundationEssentials
import Glibc
import MartletClient
import MartletLinux
import MartletModel
import MartletTestSupport
import Testing

extension HostSuites {
    /// Saved machines, through the command line and with real guests.
    @Suite("A saved machine", .serialized)
    struct SavedStateTests {
        @Test(
            "goes on to the instruction: what its guest counts, keeps in memory and knows of its uptime, also when the daemon is killed meanwhile"
        )
        func goesOn() async throws {
            try await withDaemonLab { lab in
                let guest = try await GuestConsole.start("hello", on: lab, "--disk", "64MiB")
                try await guest.output(of: "head -c 20000000 /dev/urandom > /tmp/blob")
                try await guest.output(
                    of: "(i=0; while :; do i=$((i+1)); echo $i > /tmp/count; sleep 0.1; done) & true")
                let sum = try await guest.output(of: "md5sum < /tmp/blob")
                let count = try #require(Int(try await guest.output(of: "cat /tmp/count")))
                let uptime = try #require(Int(try await guest.output(of: "cut -d. -f1 /proc/uptime")))
                try await lab.martletSucceeds("vm", "save", "hello")
                let saved = try await lab.machine("hello")
                #expect(saved.state == .saved && saved.status.processID == nil)
                #expect((saved.status.savedState?.bytes ?? 0) > 20_000_000)
                #expect(try await lab.client { try await $0.getHost() }.memoryAssigned.bytes == 0)
                #expect(try await lab.footprint().processes.isEmpty)
                try await lab.kill9()
                try await lab.start()
                #expect(try await lab.machine("hello").state == .saved)
                try await lab.martletSucceeds("vm", "start", "hello")
                #expect(try await lab.machine("hello").state == .running)
                #expect(try stateFiles(lab).isEmpty)
                #expect(try await guest.output(of: "md5sum < /tmp/blob") == sum)
                #expect(try #require(Int(try await guest.output(of: "cat /tmp/count"))) >= count)
                #expect(try #require(Int(try await guest.output(of: "cut -d. -f1 /proc/uptime"))) >= uptime)
                let disk = try await guest.output(
                    of: "dd if=/dev/vda of=/dev/null bs=1M count=1 2>&1 | grep -c records")
                #expect(disk == "2")
                try await lab.martletSucceeds("vm", "stop", "hello", "--timeout", "5m")
            }
        }

        @Test("keeps its disks and its configuration from being changed, says so by name, and can lose its state")
        func keepsItsOwn() async throws {
            try await withDaemonLab { lab in
                try await savedMachine(lab)
                let refused = try await lab.martlet("vm", "set", "a", "--cpus", "2")
                #expect(refused.code == 4 && refused.errors.contains("saved"), "\(refused)")
                #expect(refused.errors.contains("the number of processors"), "\(refused)")
                try await lab.martletSucceeds("vm", "set", "a", "--notes", "still mine")
                try await lab.martletSucceeds("vm", "rename", "a", "b")
                #expect(try await lab.martlet("disk", "delete", "a-1").code == 4)
                #expect(try await lab.martlet("vm", "stop", "b").code == 4)
                #expect(try await lab.martlet("vm", "save", "b").code == 4)
                try await lab.martletSucceeds("vm", "discard", "b", "--force")
                #expect(try await lab.machine("b").state == .off)
                #expect(try stateFiles(lab).isEmpty)
                try await lab.martletSucceeds("vm", "set", "b", "--cpus", "2")
                try await lab.martletSucceeds("vm", "start", "b", "--paused")
            }
        }

        @Test("that was paused is paused again, and one that starts anew has lost its state")
        func pausedAndAnew() async throws {
            try await withDaemonLab { lab in
                try await savedMachine(lab)
                try await lab.martletSucceeds("vm", "start", "a")
                #expect(try await lab.machine("a").state == .paused)
                try await lab.martletSucceeds("vm", "resume", "a")
                try await lab.martletSucceeds("vm", "save", "a")
                try await lab.martletSucceeds("vm", "start", "a", "--discard-state", "--force")
                #expect(try await lab.machine("a").state == .running)
                #expect(try stateFiles(lab).isEmpty)
                let kinds = try await lab.client { try await $0.listOperations() }.map(\.kind)
                #expect(kinds.first == "vm.start")
            }
        }

        @Test("whose file is damaged, cut or another machine's isn't started, and loses nothing")
        func damaged() async throws {
            try await withDaemonLab { lab in
                try await savedMachine(lab)
                let file = try #require(try stateFiles(lab).first)
                let whole = try BoundedFile.read(file, limit: 1 << 28)
                var broken = whole
                broken[whole.count / 2] ^= 1
                for (bytes, word) in [
                    (broken, "damaged"), (Array(whole.dropLast(1)), "damaged"),
                    (Array(whole.dropFirst()), "no saved state"),
                ] {
                    try AtomicFile.write(bytes, to: file, mode: 0o600)
                    let refused = try await lab.martlet("vm", "start", "a")
                    #expect(refused.code != 0 && refused.errors.contains(word), "\(refused)")
                    let machine = try await lab.machine("a")
                    #expect(machine.state == .saved && machine.status.cause != nil)
                    #expect(try BoundedFile.read(file, limit: 1 << 28) == bytes)
                }
                try await lab.martletSucceeds("vm", "create", "b", "--memory", "64MiB", "--switch", "user")
                try await lab.martletSucceeds("vm", "start", "b", "--paused")
                try await lab.martletSucceeds("vm", "save", "b")
                let other = try #require(try stateFiles(lab).first { $0 != file })
                try AtomicFile.write(try BoundedFile.read(other, limit: 1 << 28), to: file, mode: 0o600)
                let foreign = try await lab.martlet("vm", "start", "a")
                #expect(foreign.errors.contains("another machine"), "\(foreign)")
                try AtomicFile.write(whole, to: file, mode: 0o600)
                try await lab.martletSucceeds("vm", "start", "a")
                #expect(try await lab.footprint().processes.count == 1)
            }
        }

        @Test("is not made on a disk without room: the guest goes on and nothing is left")
        func fullDisk() async throws {
            let scratch = try ScratchFolder()
            try await CommandRunner().run("mount", ["-t", "tmpfs", "-o", "size=160m,mode=755", "tmpfs", scratch.path])
            let lab = DaemonLab(scratch: scratch)
            do {
                try await lab.start()
                let guest = try await GuestConsole.start("hello", on: lab)
                let refused = try await lab.martlet("vm", "save", "hello")
                #expect(refused.code != 0 && refused.errors.contains("no room"), "\(refused)")
                #expect(try await lab.machine("hello").state == .running)
                #expect(try stateFiles(lab).isEmpty)
                #expect(try await guest.output(of: "echo $((40+2))") == "42")
            } catch {
                await lab.endAll()
                _ = try? await CommandRunner().run("umount", ["--lazy", scratch.path])
                throw error
            }
            await lab.endAll()
            _ = try await CommandRunner().run("umount", ["--lazy", scratch.path])
        }

        @Test("is deleted with its state, and its disks can be had by others then")
        func deleted() async throws {
            try await withDaemonLab { lab in
                try await savedMachine(lab)
                try await lab.martletSucceeds("vm", "delete", "a", "--yes")
                #expect(try stateFiles(lab).isEmpty)
                try await lab.martletSucceeds(
                    "vm", "create", "b", "--memory", "64MiB", "--switch", "user", "--disk", "a-1", "--start")
            }
        }

        /// A machine that was paused before its first instruction and saved; firmware and guest don't matter to most of this.
        private func savedMachine(_ lab: DaemonLab) async throws {
            try await lab.martletSucceeds(
                "vm", "create", "a", "--memory", "64MiB", "--switch", "user", "--disk", "8MiB")
            try await lab.martletSucceeds("vm", "start", "a", "--paused")
            try await lab.martletSucceeds("vm", "save", "a")
            #expect(try await lab.machine("a").state == .saved)
        }

        private func stateFiles(_ lab: DaemonLab) throws -> [String] {
            try lab.scratch.tree().filter { $0.contains(".vmrs") }.map { "\(lab.root)/\($0)" }
        }
    }
}
