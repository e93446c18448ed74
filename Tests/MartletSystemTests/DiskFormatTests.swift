import FoundationEssentials
import Glibc
import MartletClient
import MartletLinux
import MartletModel
import MartletTestSupport
import Testing

extension HostSuites {
    /// Disks of every format in and out, and files that mean harm.
    @Suite("Disks' formats", .serialized)
    struct DiskFormatTests {
        @Test("a disk goes out in every format and comes back with every byte and its size to the byte")
        func roundTrip() async throws {
            try await withDaemonLab { lab in
                let outside = try ScratchFolder()
                // Not a whole number of anything but sectors, so that a format that rounds is found out.
                let capacity = ByteCount(bytes: (20 << 20) + 3 * 512)
                let original = "\(outside.path)/original.raw"
                try await makeImage(original, capacity)
                try await lab.martletSucceeds("disk", "create", "first", "--from", original, "--from-format", "raw")
                #expect(try await lab.disk("first").capacity == capacity)
                for format in ["qcow2", "raw", "vhdx", "vhd", "vmdk"] {
                    let file = "\(outside.path)/copy.\(format)"
                    try await lab.martletSucceeds("disk", "export", "first", file, "--format", format)
                    let options = format == "raw" ? ["--from-format", "raw"] : []
                    let made = try await Programs.run(
                        "martlet", ["--root", lab.root, "disk", "create", "back-\(format)", "--from", file] + options)
                    #expect(made.code == 0, "\(format): \(made)")
                    let back = try await lab.disk("back-\(format)")
                    #expect(back.capacity == capacity, "\(format): \(back.capacity.bytes)")
                    try await CommandRunner(timeLimit: .seconds(120)).run(
                        "qemu-img",
                        ["compare", "-f", "raw", "-F", "qcow2", original, "\(lab.root)/\(back.path)"])
                }
                let twice = try await lab.martlet(
                    "disk", "export", "first", "\(outside.path)/copy.raw", "--format", "raw")
                #expect(twice.code == 4, "\(twice)")
            }
        }

        @Test("a disk is converted in place with its machine off, keeps its slot, and other formats don't start")
        func inPlace() async throws {
            try await withDaemonLab { lab in
                try await lab.martletSucceeds(
                    "vm", "create", "a", "--memory", "64MiB", "--switch", "user", "--disk", "8MiB")
                try await lab.martletSucceeds("vm", "start", "a", "--paused")
                let running = try await lab.martlet("disk", "convert", "a-1", "--format", "raw")
                #expect(running.code == 4 && running.errors.contains("turn it off"), "\(running)")
                try await lab.martletSucceeds("vm", "stop", "a", "--turn-off")
                try await lab.martletSucceeds("disk", "convert", "a-1", "--format", "raw")
                let raw = try await lab.disk("a-1")
                #expect(raw.format == .raw && raw.status?.slot == 0 && raw.path.hasSuffix(".raw"))
                try await lab.martletSucceeds("vm", "start", "a", "--paused")
                try await lab.martletSucceeds("vm", "stop", "a", "--turn-off")
                try await lab.martletSucceeds("disk", "convert", "a-1", "--format", "vhdx", "--name", "other")
                let other = try await lab.martlet("disk", "attach", "other", "a")
                #expect(other.code != 0 && other.errors.contains("disk convert"), "\(other)")
                let made = try await lab.martlet("vm", "create", "b", "--disk", "other")
                #expect(made.code != 0 && made.errors.contains("VHDX"), "\(made)")
                try await lab.martletSucceeds("disk", "convert", "other", "--format", "qcow2")
                try await lab.martletSucceeds("disk", "attach", "other", "a")
                #expect(try lab.scratch.tree().filter { $0.hasSuffix(".new") || $0.hasSuffix(".vhdx") }.isEmpty)
            }
        }

        @Test("files that mean harm are refused with the reason, and nothing of them or of what they name is kept")
        func hostile() async throws {
            try await withDaemonLab { lab in
                let outside = try ScratchFolder()
                let secret = "\(outside.path)/secret"
                try AtomicFile.write(Array(String(repeating: "root:secret:", count: 200).utf8), to: secret, mode: 0o600)
                for image in try await hostileImages(in: outside.path, naming: secret) {
                    let outcome = try await Programs.run(
                        "martlet", ["--root", lab.root, "disk", "create", "x", "--from", image.path] + image.options)
                    #expect(outcome.code != 0, "\(image.path): \(outcome)")
                    #expect(!outcome.errors.contains("root:secret"), "\(image.path): \(outcome)")
                }
                #expect(try lab.scratch.tree().filter { $0.hasPrefix("disks/") }.isEmpty)
                // One whose image was changed behind our back names no file of the host's either.
                try await lab.martletSucceeds(
                    "vm", "create", "a", "--memory", "64MiB", "--switch", "user", "--disk", "8MiB")
                let file = "\(lab.root)/\(try await lab.disk("a-1").path)"
                try await CommandRunner().run(
                    "qemu-img", ["rebase", "-u", "-f", "qcow2", "-F", "raw", "-b", secret, file])
                let exported = try await lab.martlet(
                    "disk", "export", "a-1", "\(outside.path)/out.raw", "--format", "raw")
                #expect(exported.code != 0 && exported.errors.contains("backing file"), "\(exported)")
                try await lab.martletSucceeds("vm", "start", "a", "--paused")
                let machine = try await lab.machine("a")
                let process = try #require(machine.status.processID)
                let open = try FileEntry.names(in: "/proc/\(process)/fd").map {
                    FileEntry.canonical("/proc/\(process)/fd/\($0)")
                }
                #expect(!open.contains(secret))
            }
        }

        private struct HostileImage {
            var path: String
            var options: [String] = []
        }

        private func hostileImages(in folder: String, naming secret: String) async throws -> [HostileImage] {
            let runner = CommandRunner()
            var images: [HostileImage] = []
            func path(_ name: String) -> String { "\(folder)/\(name)" }
            try await runner.run(
                "qemu-img", ["create", "-q", "-f", "qcow2", "-F", "raw", "-b", secret, path("backing.qcow2"), "8M"])
            // qemu-img takes no other parent of a VMDK than a VMDK; where it is doesn't matter.
            try await runner.run("qemu-img", ["create", "-q", "-f", "vmdk", path("parent.vmdk"), "8M"])
            try await runner.run(
                "qemu-img",
                ["create", "-q", "-f", "vmdk", "-F", "vmdk", "-b", path("parent.vmdk"), path("backing.vmdk"), "8M"])
            try await runner.run(
                "qemu-img",
                [
                    "create", "-q", "-f", "qcow2", "-o", "data_file=\(path("data")),data_file_raw=on",
                    path("data.qcow2"), "8M",
                ])
            try await runner.run("qemu-img", ["create", "-q", "-f", "qcow2", path("whole.qcow2"), "8M"])
            var whole = try BoundedFile.read(path("whole.qcow2"))
            try AtomicFile.write(Array(whole.prefix(300)), to: path("short.qcow2"), mode: 0o600)
            // The size is at 24: an exabyte.
            whole.replaceSubrange(24..<32, with: [0x10, 0, 0, 0, 0, 0, 0, 0])
            try AtomicFile.write(whole, to: path("exabyte.qcow2"), mode: 0o600)
            let extents =
                "# Disk DescriptorFile\nversion=1\nCID=1\nparentCID=ffffffff\ncreateType=\"monolithicFlat\"\nRW 16 FLAT \"\(secret)\" 0\n"
            try AtomicFile.write(Array(extents.utf8), to: path("extents.vmdk"), mode: 0o600)
            images += ["backing.qcow2", "backing.vmdk", "data.qcow2", "short.qcow2", "exabyte.qcow2", "extents.vmdk"]
                .map {
                    HostileImage(path: path($0))
                }
            images.append(HostileImage(path: path("extents.vmdk"), options: ["--from-format", "vmdk"]))
            images.append(HostileImage(path: path("backing.qcow2"), options: ["--from-format", "vhdx"]))
            images.append(HostileImage(path: "/dev/zero", options: ["--from-format", "raw"]))
            return images
        }

        /// An image with data at its start, in its middle and in its last sector.
        private func makeImage(_ path: String, _ capacity: ByteCount) async throws {
            let runner = CommandRunner()
            try await runner.run("qemu-img", ["create", "-q", "-f", "raw", path, "\(capacity.bytes)"])
            try await runner.run(
                "qemu-io",
                [
                    "-f", "raw", "-c", "write -P 1 0 64k", "-c", "write -P 2 10M 128k",
                    "-c", "write -P 3 \(capacity.bytes - 512) 512", path,
                ])
        }
    }
}
