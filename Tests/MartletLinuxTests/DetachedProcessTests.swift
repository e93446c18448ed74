import Glibc
import MartletLinux
import MartletModel
import Testing

@Suite("Processes that outlive who started them")
struct DetachedProcessTests {
    @Test("a process has its own session, its folder, its environment alone, and no input")
    func surroundings() async throws {
        try await withScratchFolder { folder in
            let script = "pwd; env | grep -v '^PWD=\\|^_=\\|^SHLVL='; wc -c; cut -d' ' -f6 /proc/$$/stat; echo $$"
            let process = try shell(script, in: folder, environment: ["WORD": "a b", "PATH": "/usr/bin:/bin"])
            #expect(await process.waitForExit() == .code(0))
            let lines = try BoundedFile.readText("\(folder)/log").split(separator: "\n").map(String.init)
            #expect(lines.first == folder)
            #expect(Set(lines[1...2]) == ["WORD=a b", "PATH=/usr/bin:/bin"])
            #expect(Array(lines.dropFirst(3)) == ["0", "\(process.processID)", "\(process.processID)"])
        }
    }

    @Test("the log gets both outputs, is private, and is appended to")
    func log() async throws {
        try await withScratchFolder { folder in
            _ = await (try shell("echo one", in: folder)).waitForExit()
            _ = await (try shell("echo two >&2", in: folder)).waitForExit()
            #expect(try BoundedFile.readText("\(folder)/log") == "one\ntwo\n")
            #expect(mode(of: "\(folder)/log") == 0o600)
        }
    }

    @Test("descriptors arrive in order from 3 on, whatever their numbers here, and no other does")
    func descriptors() async throws {
        try await withScratchFolder { folder in
            let paths = ["first", "second", "third"].map { "\(folder)/\($0)" }
            for path in paths { try AtomicFile.write(Array(path.utf8), to: path, mode: 0o600) }
            // Not closed on exec, and numbered so that a careless order would overwrite one with another.
            let opened = paths.map { open($0, O_RDONLY) }
            let stray = open("/dev/null", O_RDONLY)
            defer { for descriptor in opened + [stray] { close(descriptor) } }
            let script = "for n in 3 4 5; do readlink /proc/$$/fd/$n; done; ls /proc/$$/fd"
            for order in [[0, 1, 2], [2, 1, 0], [1, 2, 0]] {
                let process = try shell(script, in: folder, descriptors: order.map { opened[$0] })
                #expect(await process.waitForExit() == .code(0))
                let lines = try BoundedFile.readText("\(folder)/log").split(separator: "\n").map(String.init)
                #expect(Array(lines.prefix(3)) == order.map { paths[$0] })
                #expect(lines.dropFirst(3).compactMap { Int($0) }.sorted() == [0, 1, 2, 3, 4, 5])
                unlink("\(folder)/log")
            }
        }
    }

    @Test("signals that we ignore or block are neither ignored nor blocked there")
    func signals() async throws {
        try await withScratchFolder { folder in
            var set = sigset_t()
            sigemptyset(&set)
            sigaddset(&set, SIGUSR1)
            pthread_sigmask(SIG_BLOCK, &set, nil)
            let process = try shell("exec grep -E '^Sig(Blk|Ign)' /proc/self/status", in: folder)
            pthread_sigmask(SIG_UNBLOCK, &set, nil)
            #expect(await process.waitForExit() == .code(0))
            let lines = try BoundedFile.readText("\(folder)/log").split(separator: "\n")
            // Signals 32 and 33 are glibc's own; its posix_spawn leaves them ignored, and the new program's glibc sets them up anew.
            #expect(lines == ["SigBlk:\t0000000000000000", "SigIgn:\t0000000180000000"])
        }
    }

    @Test("what can't be started is refused with the reason, and nothing runs")
    func refusals() async throws {
        try await withScratchFolder { folder in
            func spawn(_ executable: String, folder: String, log: String) async -> MartletError? {
                await failure {
                    _ = try DetachedProcess.spawn(
                        executable: executable,
                        arguments: [],
                        environment: [:],
                        workingDirectory: folder,
                        log: log,
                        descriptors: []
                    )
                }
            }
            let log = "\(folder)/log"
            let missing = await spawn("/nonexistent/program", folder: folder, log: log)
            #expect(missing?.code == .notFound)
            #expect(missing?.message.contains("'/nonexistent/program'") == true)
            #expect(await spawn("sleep", folder: folder, log: log)?.code == .invalidArgument)
            try AtomicFile.write([], to: "\(folder)/plain", mode: 0o600)
            #expect(await spawn("\(folder)/plain", folder: folder, log: log)?.code == .forbidden)
            #expect(await spawn("/bin/true", folder: "\(folder)/none", log: log)?.code == .notFound)
            #expect(await spawn("/bin/true", folder: folder, log: "\(folder)/none/log")?.code == .notFound)
            symlink("/etc/hostname", "\(folder)/link")
            #expect(await spawn("/bin/true", folder: folder, log: "\(folder)/link") != nil)
        }
    }

    @Test("a descriptor that isn't open is refused")
    func closedDescriptor() async throws {
        try await withScratchFolder { folder in
            #expect(await failure { _ = try shell("true", in: folder, descriptors: [9999]) }?.code == .ioFailed)
        }
    }

    @Test("starting processes leaves none of our descriptors open")
    func noLeak() async throws {
        try await withScratchFolder { folder in
            // Other tests run meanwhile, so ours are counted by what they refer to.
            let opened = {
                try await names(in: "/proc/\(getpid())/fd").filter { readLink($0) == "\(folder)/log" }.count
            }
            let process = try shell("exec sleep 600", in: folder)
            #expect(try await opened() == 0)
            try process.signal(SIGKILL)
            _ = await process.waitForExit()
            #expect(await failure { _ = try shell("true", in: folder, descriptors: [9999]) } != nil)
            #expect(try await opened() == 0)
        }
    }

    private func readLink(_ number: String) -> String? {
        var buffer = [CChar](repeating: 0, count: 4096)
        let count = readlink("/proc/\(getpid())/fd/\(number)", &buffer, buffer.count - 1)
        return count > 0 ? String(decoding: buffer[..<count].map { UInt8(bitPattern: $0) }, as: UTF8.self) : nil
    }
}
