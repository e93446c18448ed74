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
            try await FullDisk.withLab(sizeInMebibytes: 160) { lab in
                let guest = try await GuestConsole.start("hello", on: lab)
                try await isRefusedForRoom(lab, guest) { try await lab.martlet("vm", "save", "hello") }
            }
        }

        @Test("is not made when its disk fills in the middle: the guest goes on, nothing is left, and later it is made")
        func diskFills() async throws {
            try await FullDisk.withLab(sizeInMebibytes: 900) { lab in
                let guest = try await GuestConsole.start("hello", on: lab, "--memory", "512MiB")
                let sum = try await guest.output(of: Self.makeBlob + "; md5sum < /tmp/blob")
                let qemu = try ProcessIdentity(processID: try #require(try await lab.machine("hello").status.processID))
                try await isRefusedForRoom(lab, guest) {
                    async let saving = lab.martlet("vm", "save", "hello")
                    let written = try await eventually("a part of the state is written") {
                        let written = try stateFiles(lab).first.flatMap { try? FileEntry.size($0).bytes } ?? 0
                        if written > 8 << 20 { try qemu.signal(SIGSTOP) }
                        return written
                    } until: {
                        $0 > 8 << 20
                    }
                    #expect(written < Self.blobSize, "all of it was written before the disk could be filled")
                    try FullDisk.fill(lab.root)
                    try qemu.signal(SIGCONT)
                    return try await saving
                }
                try FullDisk.makeRoom(lab.root)
                try await lab.martletSucceeds("vm", "save", "hello")
                try await lab.martletSucceeds("vm", "start", "hello")
                #expect(try await guest.output(of: "md5sum < /tmp/blob") == sum)
            }
        }

        @Test("has the TPM's own state in it: what was measured into a register is there after it goes on")
        func tpm() async throws {
            try await withDaemonLab { lab in
                let guest = try await GuestConsole.start("hello", on: lab, "--tpm")
                let register = "cat /sys/class/tpm/tpm0/pcr-sha256/16"
                let empty = try await guest.output(of: register)
                try await guest.run(Self.extendRegister)
                let extended = try await guest.output(of: register)
                #expect(extended != empty && extended.contains(/[0-9A-F]{64}/))
                try await lab.martletSucceeds("vm", "save", "hello")
                #expect(try await lab.footprint().processes.isEmpty)
                try await lab.martletSucceeds("vm", "start", "hello")
                #expect(try await guest.output(of: register) == extended)
                try await guest.run(Self.extendRegister)
                #expect(try await guest.output(of: register) != extended)
                #expect(try await lab.machine("hello").status.warnings == nil)
            }
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

        /// A file in the guest's memory that is no mere zeros, which QEMU would leave out.
        private static let makeBlob = """
            yes | head -c 1000000 > /tmp/blob; for i in 1 2 3 4 5 6 7; do cat /tmp/blob /tmp/blob > /tmp/more; \
            mv /tmp/more /tmp/blob; done
            """
        private static let blobSize = 128_000_000

        /// TPM2_PCR_Extend of register 16 with 32 bytes, without authorization (TPM 2.0 library, part 3, 22.2), and its answer read.
        private static let extendRegister = """
            exec 3<>/dev/tpm0; { printf '\\200\\002\\000\\000\\000\\101\\000\\000\\001\\202\\000\\000\\000\\020'; \
            printf '\\000\\000\\000\\011\\100\\000\\000\\011\\000\\000\\000\\000\\000\\000\\000\\000\\001\\000\\013'; \
            printf '%032d' 7; } > /tmp/command; cat /tmp/command >&3; head -c 10 <&3 >/dev/null; exec 3>&-
            """

        /// A save comes to nothing for lack of room, and its guest doesn't notice.
        private func isRefusedForRoom(
            _ lab: DaemonLab, _ guest: GuestConsole, _ save: () async throws -> Programs.Outcome
        ) async throws {
            let refused = try await save()
            #expect(refused.code != 0 && refused.errors.contains("no room"), "\(refused)")
            #expect(try await lab.machine("hello").state == .running)
            #expect(try stateFiles(lab).isEmpty)
            #expect(try await guest.output(of: "echo $((40+2))") == "42")
        }

        private func stateFiles(_ lab: DaemonLab) throws -> [String] {
            try lab.scratch.tree().filter { $0.contains(".vmrs") }.map { "\(lab.root)/\($0)" }
        }
    }
}
