import FoundationEssentials
import Glibc
import MartletClient
import MartletLinux
import MartletModel
import MartletTestSupport
import Testing

extension HostSuites {
    /// Programs, copies and accounts in real guests without a network adapter, through the command line.
    @Suite("Direct", .serialized)
    struct DirectTests {
        /// Somebody with the password of the small guest's root in a file.
        struct Person {
            let lab: DaemonLab
            let scratch: ScratchFolder

            init(_ lab: DaemonLab) throws {
                (self.lab, scratch) = (lab, try ScratchFolder())
                for (file, text) in [("pw", "martlet\n"), ("wrong", "nonsense\n"), ("new", "n3w\n")] {
                    try AtomicFile.write(Array(text.utf8), to: "\(scratch.path)/\(file)", mode: 0o600)
                }
            }

            func file(_ name: String) -> String { "\(scratch.path)/\(name)" }

            /// - Parameter verb: of `vm`, such as `user add`.
            func run(_ verb: String, _ arguments: String..., password: String = "pw") async throws -> Programs.Outcome {
                try await Programs.run(
                    "martlet",
                    ["--root", lab.root, "vm"] + verb.split(separator: " ").map(String.init)
                        + ["--password-file", file(password)] + arguments)
            }

            /// A line for root's shell in the guest.
            func sh(_ line: String, in machine: String = "hello") async throws -> Programs.Outcome {
                try await run("exec", machine, "-n", "--shell", line)
            }
        }

        @Test("in a guest without an adapter: programs, sessions, copies both ways, accounts, and each refused")
        func direct() async throws {
            try await withDaemonLab { lab in
                let person = try Person(lab)
                try await lab.createGuest("hello", ["--no-network", "--start"], hasServices: true)
                try await answers(lab, "hello")
                try await programs(person)
                try await terminal(person)
                try await copies(person)
                try await large(person)
                try await accounts(person)
            }
        }

        @Test("three guests run one command; a program whose agent is killed or hangs ends for its caller")
        func endings() async throws {
            try await withDaemonLab { lab in
                let person = try Person(lab)
                for name in ["hello", "a", "b"] {
                    try await lab.createGuest(name, ["--no-network", "--start"], hasServices: true)
                }
                for name in ["hello", "a", "b"] { try await answers(lab, name) }
                let many = try await person.run("exec", "--all", "--", "hostname")
                #expect(many.code == 0, "\(many)")
                #expect(
                    many.output.split(separator: "\n").sorted() == ["a: martlet", "b: martlet", "hello: martlet"])
                #expect(many.errors.contains("3 of 3 guests"))

                // While it hangs, nothing waits for it: its silence counts as its loss.
                let hung = try await whileItRuns(person) {
                    let stopped = try await person.sh("kill -STOP $(pidof martlet-guest)")
                    #expect(stopped.code == 255, "\(stopped)")
                }
                #expect(hung.code == 255 && hung.errors.contains("martlet: "), "\(hung)")
                #expect(try await person.sh("true", in: "a").code == 0)
                let guest = GuestConsole(lab, "hello")
                try await guest.logIn()
                try await guest.run("kill -CONT $(pidof martlet-guest)")
                try await answers(lab, "hello")
                let killed = try await whileItRuns(person) {
                    try await guest.run("kill -9 $(pidof martlet-guest)")
                }
                #expect(killed.code == 255 && killed.errors.contains("the guest of 'hello'"), "\(killed)")
                try await answers(lab, "hello")
                #expect(try await person.sh("exit 7").code == 7)
            }
        }

        private func answers(_ lab: DaemonLab, _ machine: String, since: Moment? = nil) async throws {
            _ = try await eventually(within: .seconds(300), "the guest of \(machine) answers") {
                try await lab.machine(machine).status.guest
            } until: { status in
                guard let status, status.heartbeat == .ok, status.services.contains(.copy) else { return false }
                return since.map { status.since > $0 } ?? true
            }
        }

        /// Turns copying on or off, after which the host speaks with the guest anew.
        private func change(_ verb: String, _ lab: DaemonLab) async throws {
            let before = try #require(try await lab.machine("hello").status.guest?.since)
            try await lab.martletSucceeds("vm", "services", verb, "hello", "copy")
            try await answers(lab, "hello", since: before)
        }

        /// Runs a program that goes on for ever, and does `work` once it runs.
        private func whileItRuns(
            _ person: Person, _ work: () async throws -> Void
        ) async throws -> Programs.Outcome {
            async let outcome = person.run("exec", "hello", "-n", "--", "sleep", "86400")
            _ = try await eventually("the program runs") {
                try await person.lab.client { try await $0.listGuestSessions("hello") }
            } until: {
                $0.contains { $0.programs > 0 }
            }
            try await work()
            return try await outcome
        }

        private func programs(_ person: Person) async throws {
            let apart = try await person.sh("echo out; echo err >&2; exit 42")
            #expect((apart.code, apart.output, apart.errors) == (42, "out\n", "err\n"))
            let bytes = try await person.run("exec", "hello", "-n", "--json", "--", "printf", "\\377\\000")
            #expect(bytes.output.contains("\"stdoutBase64\" : \"/wA=\""), "\(bytes)")
            let fed = try await Programs.run(
                "martlet",
                [
                    "--root", person.lab.root, "vm", "exec", "hello", "--password-file", person.file("pw"), "--", "wc",
                    "-c",
                ],
                input: String(repeating: "x", count: 1_000_000))
            #expect(fed.output.filter(\.isNumber) == "1000000", "\(fed)")
            let wrong = try await person.run("exec", "hello", "-n", "--", "true", password: "wrong")
            #expect(wrong.code == 255 && wrong.errors.contains("didn't let this user in"), "\(wrong)")
            let closed = try await whileItRuns(person) {
                let sessions = try await person.lab.client { try await $0.listGuestSessions("hello") }
                for session in sessions {
                    try await person.lab.martletSucceeds("vm", "session", "close", "hello", "\(session.number)")
                }
            }
            // 128 and SIGHUP.
            #expect(closed.code == 129, "\(closed)")
        }

        /// A tree with all that is kept, there and back.
        private func copies(_ person: Person) async throws {
            // The guest's root is a file system that knows no holes.
            #expect(try await person.sh("mount -t tmpfs none /mnt").code == 0)
            let tree = person.file("tree")
            try Folder.make(tree, mode: 0o750)
            try AtomicFile.write(Array("hello".utf8), to: "\(tree)/file", mode: 0o640)
            symlink("file", "\(tree)/link")
            let sparse = open("\(tree)/sparse", O_RDWR | O_CREAT, 0o600)
            pwrite(sparse, "end", 3, 200 << 20)
            close(sparse)
            var times = [timespec(tv_sec: 1_000_000_000, tv_nsec: 5), timespec(tv_sec: 1_000_000_000, tv_nsec: 5)]
            utimensat(AT_FDCWD, "\(tree)/file", &times, 0)
            if geteuid() == 0 { chown("\(tree)/file", 12, 13) }

            let sent = try await person.run("copy", tree, "hello:/mnt")
            #expect(sent.code == 0, "\(sent)")
            let seen = try await person.sh(
                "cd /mnt/tree; stat -c '%a %Y %s %n' . file; stat -c %b sparse; readlink link")
            let lines = seen.output.split(separator: "\n")
            #expect(lines.count == 4 && lines[0].hasPrefix("750 "), "\(seen)")
            #expect(
                lines[1] == "640 1000000000 5 file" && Int(lines[2]) ?? .max < 1_000 && lines[3] == "file", "\(seen)")
            let received = try await person.run("copy", "hello:/mnt/tree", person.file("back"))
            #expect(received.code == 0, "\(received)")
            for name in ["file", "sparse"] {
                let before = try await kept(of: "\(tree)/\(name)")
                #expect(try await kept(of: "\(person.file("back"))/\(name)") == before)
            }
            #expect(try FileEntry.allocatedSize("\(person.file("back"))/sparse").bytes < 1 << 20)
            try await change("disable", person.lab)
            let refused = try await person.run("copy", tree, "hello:/mnt")
            #expect(refused.code == 4 && refused.errors.contains("service 'copy'"), "\(refused)")
            try await change("enable", person.lab)
        }

        /// Mode, owner, group, size and time of change.
        private func kept(of path: String) async throws -> String {
            try await CommandRunner().runText("stat", ["-c", "%a %u %g %s %y", path])
        }

        /// 8 MiB each way, compared.
        private func large(_ person: Person) async throws {
            var random = SystemRandomNumberGenerator()
            let words = (0..<(8 << 20) / 8).map { _ in random.next() }
            let file = person.file("large")
            try words.withUnsafeBytes { try Data($0).write(to: URL(fileURLWithPath: file)) }
            let sent = try await person.run("copy", file, "hello:/mnt/large")
            #expect(sent.code == 0, "\(sent)")
            let received = try await person.run("copy", "hello:/mnt/large", person.file("large-back"))
            #expect(received.code == 0, "\(received)")
            #expect(FileManager.default.contentsEqual(atPath: file, andPath: person.file("large-back")))
            let again = try await person.run("copy", file, "hello:/mnt/large")
            #expect(again.code == 0, "\(again)")
        }

        /// The small guest has no programs to change accounts by, and says so; then it is given this machine's.
        private func accounts(_ person: Person) async throws {
            let users = try await person.run("user list", "hello")
            #expect(users.code == 0 && users.output.contains("root") && users.output.contains("/root"), "\(users)")
            let refused = try await person.run("user add", "hello", "alice")
            #expect(refused.code == 3 && refused.errors.contains("adduser"), "\(refused)")

            try await giveTools(person)
            let verbs = [
                "group add hello crew", "user add hello alice --full-name A. --groups crew", "user disable hello alice",
                "user enable hello alice", "user rename hello alice bob", "group rename hello crew team",
                "group member remove hello team bob", "group member add hello team bob",
                "group set hello team --gid 4711", "user set hello bob --shell /bin/sh",
            ]
            for verb in verbs {
                let words = verb.split(separator: " ").map(String.init)
                let outcome = try await Programs.run(
                    "martlet", ["--root", person.lab.root, "vm"] + words + ["--password-file", person.file("pw")])
                #expect(outcome.code == 0, "\(verb): \(outcome)")
            }
            let shown = try await person.run("user show", "hello", "bob", "--output", "json")
            let bob = try JSONDecoder().decode(GuestUserAccount.self, from: Data(shown.output.utf8))
            #expect(bob.fullName == "A." && bob.shell == "/bin/sh" && bob.groups == ["team"])
            let members = try await person.run("group member list", "hello", "team")
            #expect(members.output.contains("bob"), "\(members)")
            #expect(try await person.run("user remove", "hello", "bob", "--with-home").code == 0)
            #expect(try await person.run("group remove", "hello", "team").code == 0)
            #expect(try await person.run("user show", "hello", "bob").code == 3)
        }

        /// Copies shadow's programs, and the libraries that they name, from here to the same places there.
        private func giveTools(_ person: Person) async throws {
            let programs = ["useradd", "usermod", "userdel", "groupadd", "groupmod", "groupdel"].map {
                "/usr/sbin/\($0)"
            }
            let named = try await CommandRunner().runText("ldd", programs + ["/usr/bin/gpasswd"])
            let libraries = named.split(whereSeparator: \.isWhitespace).filter {
                $0.hasPrefix("/") && $0.contains(".so")
            }
            let files = Set(programs + ["/usr/bin/gpasswd"] + libraries.map(String.init))
            let tree = person.file("tools")
            try await CommandRunner().run("mkdir", [tree])
            try await CommandRunner().run("cp", ["--parents", "--dereference"] + files.sorted() + [tree])
            for folder in try FileEntry.names(in: tree) {
                let copied = try await person.run("copy", "\(tree)/\(folder)", "hello:/")
                #expect(copied.code == 0, "\(copied)")
            }
        }
    }
}
