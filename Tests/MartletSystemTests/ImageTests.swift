import FoundationEssentials
import Glibc
import MartletClient
import MartletLinux
import MartletModel
import MartletTestSupport
import Testing

extension HostSuites {
    /// Images and what is made of them, through the documented commands.
    @Suite("Images", .serialized)
    struct ImageTests {
        /// A disk of 8 MiB with a pattern, as qcow2, and its digest.
        private func makeDisk(in folder: String) async throws -> (path: String, sha256: String) {
            let path = "\(folder)/disk.qcow2"
            var bytes = [UInt8](repeating: 0, count: 8 << 20)
            for index in 0..<(1 << 20) { bytes[index] = UInt8(truncatingIfNeeded: index &* 7 &+ index >> 9) }
            try Data(bytes).write(to: URL(filePath: "\(folder)/disk.raw"))
            try await CommandRunner().run(
                "qemu-img", ["convert", "-f", "raw", "-O", "qcow2", "\(folder)/disk.raw", path])
            return (path, try await FileCopy.digest(of: path))
        }

        private func withFiles(_ body: (DaemonLab, String) async throws -> Void) async throws {
            let files = try ScratchFolder()
            try await withDaemonLab { lab in try await body(lab, files.path) }
        }

        @Test("an image comes from an address with the right digest, and nothing is left with a wrong one")
        func fromAddress() async throws {
            try await withFiles { lab, files in
                let disk = try await makeDisk(in: files)
                try await WebServer.with(serving: files) { server in
                    let before = try await lab.footprint()
                    let wrong = try await lab.martlet(
                        "image", "import", "base", "\(server.address)/disk.qcow2", "--sha256",
                        String(repeating: "0", count: 64))
                    #expect(wrong.code != 0 && wrong.errors.contains(disk.sha256), "\(wrong)")
                    let missing = try await lab.martlet("image", "import", "base", "\(server.address)/nothing")
                    #expect(missing.code == 3, "\(missing)")
                    #expect(try await lab.footprint() == before)
                    try await lab.martletSucceeds(
                        "image", "import", "base", "\(server.address)/disk.qcow2?token=secret", "--sha256",
                        disk.sha256.uppercased(), "--description", "for tests")
                }
                let image = try await lab.client { try await $0.getImage("base") }
                #expect(image.sha256 == disk.sha256 && image.kind == .disk && image.capacity == .mebibytes(8))
                let shown = try await lab.martletSucceeds("image", "show", "base")
                #expect(shown.contains("/disk.qcow2") && !shown.contains("secret"))
                #expect(try await lab.martletSucceeds("image", "list").contains("base"))
                let mode = try await CommandRunner().runText("stat", ["--format", "%a", "\(lab.root)/\(image.path)"])
                #expect(mode == "440\n")
                try await CommandRunner().run(
                    "qemu-img",
                    ["compare", "-f", "raw", "-F", "qcow2", "\(files)/disk.raw", "\(lab.root)/\(image.path)"])
                try await lab.martletSucceeds("image", "delete", "base", "--yes")
                #expect(try FileEntry.names(in: "\(lab.root)/images") == [])
            }
        }

        @Test("an ISO stays as it is, and a file that names another, or is none, is refused and leaves nothing")
        func kinds() async throws {
            try await withFiles { lab, files in
                let seed = CloudInit(userData: "x").seed(instance: "i", name: "n").bytes
                try Data(seed).write(to: URL(filePath: "\(files)/disc"))
                try await lab.martletSucceeds("image", "import", "disc", "\(files)/disc")
                let disc = try await lab.client { try await $0.getImage("disc") }
                #expect(disc.kind == .iso && disc.path.hasSuffix(".iso"))
                #expect([UInt8](try Data(contentsOf: URL(filePath: "\(lab.root)/\(disc.path)"))) == seed)
                try await CommandRunner().run(
                    "qemu-img",
                    ["create", "-q", "-u", "-f", "qcow2", "-b", "/etc/shadow", "-F", "raw", "\(files)/hostile", "1M"])
                try #require(mkfifo("\(files)/fifo", 0o644) == 0)
                let before = try await lab.footprint()
                for (source, words) in [
                    ("hostile", "names another file"), ("fifo", "regular file"), ("disk.nowhere", "no such file"),
                ] {
                    let refused = try await lab.martlet("image", "import", "bad", "\(files)/\(source)")
                    #expect(refused.code != 0 && refused.errors.contains(words), "\(refused)")
                }
                let notDisk = try await lab.martlet("vm", "create", "web", "--image", "disc")
                #expect(notDisk.code == 2 && notDisk.errors.contains("kind"), "\(notDisk)")
                #expect(try await lab.footprint() == before)
            }
        }

        @Test("a linked copy needs its image, a full copy doesn't, and both see the image's bytes and a seed")
        func copies() async throws {
            try await withFiles { lab, files in
                let disk = try await makeDisk(in: files)
                try await lab.martletSucceeds("image", "import", "base", disk.path)
                let login = try await SSHLogin(in: files)
                try Data("#cloud-config\npassword: \"very secret\"\n".utf8).write(to: URL(filePath: "\(files)/user"))
                try await lab.martletSucceeds(
                    "vm", "create", "Web 1", "--image", "base", "--disk-size", "16MiB", "--user-data",
                    "\(files)/user", "--ssh-key", login.publicKey, "--memory", "64MiB", "--switch", "user")
                try await lab.martletSucceeds(
                    "vm", "create", "whole", "--image", "base", "--full-copy", "--memory", "64MiB", "--switch", "user")
                let small = try await lab.martlet("vm", "create", "small", "--image", "base", "--disk-size", "1MiB")
                #expect(small.code == 2 && small.errors.contains("too small"), "\(small)")

                let web = try await lab.machine("Web 1")
                let image = try await lab.client { try await $0.getImage("base") }
                let linked = try await disk0(of: web, lab)
                #expect(linked.backing == image.id && linked.capacity == .mebibytes(16))
                #expect(try await lab.martletSucceeds("disk", "show", linked.name).contains("\(image.id)"))
                #expect(try await disk0(of: lab.machine("whole"), lab).backing == nil)
                try await checkSeed(of: web, lab, key: try BoundedFile.readText(login.publicKey))

                // QEMU takes both, with the image behind the first.
                for name in ["Web 1", "whole"] { try await lab.martletSucceeds("vm", "start", name, "--paused") }
                for name in ["Web 1", "whole"] { try await lab.martletSucceeds("vm", "stop", name, "--turn-off") }
                let refused = try await lab.martlet("image", "delete", "base", "--yes")
                #expect(refused.code == 4 && refused.errors.contains("Web 1"), "\(refused)")
                try await CommandRunner().run(
                    "qemu-img",
                    ["rebase", "-u", "-f", "qcow2", "-b", "/etc/passwd", "-F", "raw", "\(lab.root)/\(linked.path)"])
                let changed = try await lab.martlet("vm", "start", "Web 1", "--paused")
                #expect(changed.code != 0 && changed.errors.contains("changed from outside"), "\(changed)")
                try await lab.martletSucceeds("vm", "delete", "Web 1", "--disks")
                try await lab.martletSucceeds("image", "delete", "base", "--yes")
                try await lab.martletSucceeds("vm", "start", "whole", "--paused")
                try await lab.martletSucceeds("vm", "stop", "whole", "--turn-off")
                let log = try BoundedFile.readText(lab.log, limit: 1 << 24)
                #expect(!log.contains("very secret"))
                #expect(
                    try await CommandRunner().runText("sh", ["-c", "! grep -ra 'very secret' '\(lab.root)'"]) == "")
            }
        }

        private func disk0(of machine: VirtualMachine, _ lab: DaemonLab) async throws -> Disk {
            let id = try #require(machine.configuration.diskIDs.first)
            return try await lab.client { try await $0.getDisk("\(id)") }
        }

        private func checkSeed(of machine: VirtualMachine, _ lab: DaemonLab, key: String) async throws {
            let seed = "\(lab.root)/\(machine.configuration.folder)/seed.iso"
            #expect(try await CommandRunner().runText("stat", ["--format", "%a", seed]).hasSuffix("0\n"))
            #expect(try await CommandRunner().runText("isoinfo", ["-d", "-i", seed]).contains("Volume id: cidata"))
            let user = try await CommandRunner().runText("isoinfo", ["-J", "-x", "/user-data", "-i", seed])
            #expect(user == "#cloud-config\npassword: \"very secret\"\n")
            let meta = try await CommandRunner().runText("isoinfo", ["-J", "-x", "/meta-data", "-i", seed])
            #expect(meta.contains("\"instance-id\":\"\(machine.id)\"") && meta.contains("\"local-hostname\":\"web-1\""))
            #expect(meta.contains(key.filter { $0 != "\n" }), "\(meta)")
        }

        @Test("images are there again when the store was lost")
        func recovery() async throws {
            try await withFiles { lab, files in
                let disk = try await makeDisk(in: files)
                try await lab.martletSucceeds("image", "import", "base", disk.path)
                let before = try await lab.client { try await $0.getImage("base") }
                try await lab.kill9()
                for suffix in ["", "-wal", "-shm"] { try Folder.removeTree("\(lab.root)/state.sqlite\(suffix)") }
                try Data("no store".utf8).write(to: URL(filePath: "\(lab.root)/state.sqlite"))
                try await lab.start()
                #expect(try await lab.client { try await $0.getImage("base") } == before)
            }
        }

        @Test("an image is built by its recipe, and what the host lacks is named")
        func build() async throws {
            try await withFiles { lab, files in
                try await lab.martletSucceeds("image", "build", "debian-12", "--name", "built")
                let image = try await lab.client { try await $0.getImage("built") }
                #expect(image.bootsWithSecureBoot == true && image.source == "debian-12" && image.sha256 == nil)
                let unknown = try await lab.martlet("image", "build", "plan-9")
                #expect(unknown.code != 0 && unknown.errors.contains("debian-12"), "\(unknown)")
                try await lab.terminate()
                try Folder.make("\(files)/image-recipes", mode: 0o755)
                let recipe =
                    "#!/bin/bash\n[ \"$1\" = --check ] && { echo 'this needs the packages: nothing' >&2; exit 1; }\n"
                try Data(recipe.utf8).write(to: URL(filePath: "\(files)/image-recipes/debian-12"))
                try await lab.start(share: files)
                let lacking = try await lab.martlet("image", "build", "debian-12")
                #expect(lacking.code == 6 && lacking.errors.contains("this needs the packages"), "\(lacking)")
            }
        }

        @Test("a build that is cancelled ends all that it started, and leaves nothing")
        func cancelBuild() async throws {
            try await withFiles { lab, files in
                try await lab.terminate()
                try Folder.make("\(files)/image-recipes", mode: 0o755)
                let recipe = """
                    #!/bin/bash
                    [ "$1" = --check ] && exit 0
                    trap '' TERM
                    echo "progress 10 waiting"
                    sleep 3611 & setsid sleep 3611 & wait
                    """
                try Data(recipe.utf8).write(to: URL(filePath: "\(files)/image-recipes/debian-12"))
                try await lab.start(share: files)
                let before = try await lab.footprint()
                let begun = try await lab.client { try await $0.buildImage(.init(recipe: "debian-12")) }
                _ = try await eventually(within: .seconds(120), "the recipe runs") {
                    try await lab.client { try await $0.getOperation("\(begun.id)", waiting: .zero) }.progress
                } until: {
                    $0 > 0
                }
                try await lab.martletSucceeds("operation", "cancel", "\(begun.id)")
                #expect(try await lab.end(of: begun).state == .cancelled)
                #expect(try await lab.footprint() == before)
                // The recipe's programs, in whatever session they were, and nobody else's.
                let left = ProcessTable.entries { $0.contains("3611") }.map(\.arguments)
                #expect(left == [])
            }
        }
    }
}
