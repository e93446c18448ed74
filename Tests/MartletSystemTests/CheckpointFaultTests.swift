import MartletClient
import MartletLinux
import MartletModel
import MartletTestSupport
import Testing

extension HostSuites {
    /// What happens in the middle of what takes long.
    @Suite("A checkpoint that is interrupted", .serialized)
    struct CheckpointFaultTests {
        /// Where the memory of a machine's new checkpoint is being written to, once there is more than a little.
        private func untilMemoryIsWritten(_ lab: DaemonLab) async throws {
            let folder = "\(lab.root)/\(try await lab.machine("hello").configuration.folder)/checkpoints"
            _ = try await eventually("the guest's memory is being written") {
                let checkpoints = (try? FileEntry.names(in: folder)) ?? []
                return checkpoints.compactMap { FileEntry.allocated("\(folder)/\($0)/state.vmrs.part") }.max()
            } until: {
                ($0 ?? ByteCount(bytes: 0)) > ByteCount.mebibytes(1)
            }
        }

        /// That there is none, and nothing of one.
        private func expectNone(_ lab: DaemonLab) async throws {
            #expect(try await lab.client { try await $0.listCheckpoints("hello") }.isEmpty)
            #expect(try await lab.disk("hello-1").layers == nil)
            let folder = "\(lab.root)/\(try await lab.machine("hello").configuration.folder)"
            #expect(try !FileEntry.names(in: folder).contains("checkpoints"))
        }

        @Test(
            "the daemon killed while memory is written: it is undone, the guest runs on; and the guest's clock is right after applying one"
        )
        func killedWhileWriting() async throws {
            try await withDaemonLab { lab in
                let guest = try await GuestConsole.start("hello", on: lab, hasServices: true, "--disk", "64MiB")
                async let lost = lab.martlet("checkpoint", "create", "hello", "one", "--type", "standard")
                try await untilMemoryIsWritten(lab)
                try await lab.kill9()
                try await lab.start()
                _ = try await lost
                let end = try await lab.endOfNewest("checkpoint.create")
                #expect(end.state == .failed && end.error?.code == "unavailable", "\(end)")
                try await expectNone(lab)
                #expect(try await lab.machine("hello").state == .running)
                try await guest.run("echo on | dd of=/dev/vda conv=fsync 2>/dev/null")

                // The clock of a guest that goes back is as far behind as the checkpoint lies back.
                try await guest.run("date -s 2001-01-01")
                try await lab.martletSucceeds("checkpoint", "create", "hello", "two", "--type", "standard")
                try await lab.martletSucceeds("checkpoint", "apply", "hello", "two", "--yes")
                try await guest.run("until [ $(date +%Y) -gt 2020 ]; do sleep 0.1; done")
                #expect(try await guest.output(of: "head -c 2 /dev/vda") == "on")
            }
        }

        @Test("a merge that is slowed down, whose daemon is killed, that is cancelled and gone on with loses nothing")
        func merge() async throws {
            try await withDaemonLab { lab in
                try await lab.createGuest("hello", ["--disk", "64MiB"])
                try await lab.martletSucceeds("checkpoint", "create", "hello", "one")
                try await lab.martletSucceeds("vm", "start", "hello")
                let guest = GuestConsole(lab, "hello")
                try await guest.logIn()
                try await guest.run("dd if=/dev/urandom of=/tmp/written bs=1M count=16 2>/dev/null")
                try await guest.run("dd if=/tmp/written of=/dev/vda bs=1M conv=fsync 2>/dev/null")
                // At this speed it would take longer than any test.
                let line = try await lab.martletSucceeds(
                    "checkpoint", "delete", "hello", "one", "--bandwidth", "64KiB", "--yes", "--no-wait")
                let id = String(line.prefix { !$0.isWhitespace })
                try await untilMerging(lab, id)
                try await lab.kill9()
                try await lab.start()
                try await untilMerging(lab, id)
                try await guest.run("echo more | dd of=/dev/vda seek=100000 conv=fsync 2>/dev/null")
                try await expectWritten(guest)
                try await lab.martletSucceeds("operation", "cancel", id)
                let end = try await lab.endOfNewest("checkpoint.delete")
                #expect(end.state == .cancelled, "\(end)")
                #expect(end.messages.contains { $0.contains("checkpoint merge") }, "\(end.messages)")
                #expect(try await lab.client { try await $0.listCheckpoints("hello") }.isEmpty)
                #expect(try await lab.disk("hello-1").layers?.count == 1)
                try await expectWritten(guest)
                try await lab.martletSucceeds("checkpoint", "merge", "hello")
                try await expectNone(lab)
                try await expectWritten(guest)
                #expect(
                    try await guest.output(of: "dd if=/dev/vda skip=100000 count=1 2>/dev/null | head -c 4") == "more")
            }
        }

        private func untilMerging(_ lab: DaemonLab, _ id: String) async throws {
            _ = try await eventually("the merge has begun") {
                try? await lab.client { try await $0.getOperation(id) }
            } until: {
                $0?.state == .running && ($0?.progress ?? 0) > 0
            }
        }

        private func expectWritten(_ guest: GuestConsole) async throws {
            try await guest.run("echo 3 >/proc/sys/vm/drop_caches; head -c 16777216 /dev/vda | cmp - /tmp/written")
        }

        @Test(
            "a pool that is full in the middle: of a checkpoint, it is undone; of a merge, it waits; and the guest runs on"
        )
        func full() async throws {
            let scratch = try ScratchFolder()
            try await CommandRunner().run("mount", ["-t", "tmpfs", "-o", "size=900m,mode=755", "tmpfs", scratch.path])
            let lab = DaemonLab(scratch: scratch)
            let result: Result<Void, any Error>
            do { result = .success(try await full(lab)) } catch { result = .failure(error) }
            await lab.endAll()
            _ = try await CommandRunner().run("umount", ["--lazy", scratch.path])
            try result.get()
        }

        private func full(_ lab: DaemonLab) async throws {
            let filler = "\(lab.root)/filler"
            func fill(leaving rest: ByteCount) async throws {
                let size = try Folder.freeSpace(lab.root).bytes - rest.bytes
                try await CommandRunner().run("fallocate", ["-l", "\(size)", filler])
            }
            try await lab.start()
            let guest = try await GuestConsole.start("hello", on: lab, "--disk", "64MiB")
            try await guest.run("dd if=/dev/urandom of=/tmp/written bs=1M count=16 2>/dev/null")
            // Pages that aren't zero take their time.
            async let failing = lab.martlet("checkpoint", "create", "hello", "one", "--type", "standard")
            try await untilMemoryIsWritten(lab)
            try await fill(leaving: .mebibytes(100))
            let refused = try await failing
            #expect(refused.code != 0 && refused.errors.contains("no room"), "\(refused)")
            try await expectNone(lab)
            #expect(try await lab.machine("hello").state == .running)
            try Folder.removeTree(filler)

            try await lab.martletSucceeds("checkpoint", "create", "hello", "one", "--type", "standard")
            try await guest.run("dd if=/tmp/written of=/dev/vda bs=1M conv=fsync 2>/dev/null")
            try await fill(leaving: ByteCount(bytes: 256 << 10))
            let stuck = try await lab.martlet("checkpoint", "delete", "hello", "one", "--yes")
            #expect(stuck.code != 0 && stuck.errors.contains("nothing is lost"), "\(stuck)")
            #expect(try await lab.endOfNewest("checkpoint.delete").error?.code == "insufficientSpace")
            #expect(try await lab.machine("hello").state == .running)
            try await expectWritten(guest)
            try Folder.removeTree(filler)
            try await lab.martletSucceeds("checkpoint", "merge", "hello")
            try await expectNone(lab)
            try await expectWritten(guest)
        }
    }
}
