import FoundationEssentials
import Glibc
import MartletClient
import MartletFakeHost
import MartletLinux
import MartletModel
import Synchronization
import Testing

@testable import MartletCommands

/// `vm copy` against a fake host, on which the guest's side is the real one.
@Suite("Copies between here and guests")
struct VirtualMachineCopyTests {
    /// A folder that is the guest's user's home, and one here.
    private struct Lab {
        let folder: String
        var home: String { "\(folder)/home" }
        var here: String { "\(folder)/here" }

        static func with(_ work: (Lab) async throws -> Void) async throws {
            let lab = Lab(folder: "/tmp/mlt-copy-\(try SecureRandom.hex(byteCount: 5))")
            try Folder.make(lab.folder, mode: 0o700)
            defer { try? Folder.removeTree(lab.folder) }
            for folder in [lab.home, lab.here] { try Folder.make(folder, mode: 0o755) }
            try await work(lab)
        }

        /// Runs a copy; nobody has a key, so the password is typed.
        func copy(
            _ arguments: String..., isTerminal: Bool = false, answer: FakeHost.Answer? = nil
        ) async throws -> CommandRun.Result {
            let home = home
            let results = Mutex<CommandRun.Result?>(nil)
            try await FakeHost.with { request in
                if let answer { return try await answer(request) }
                guard request.operation == .executeInGuest else { return try await SimpleHost.answer(request) }
                return FakeGuestProgram.answer(home: home)
            } _: { host in
                var run = CommandRun(root: host.root)
                run.arguments = ["vm", "copy"] + arguments
                run.hiddenAnswer = "secret"
                run.isTerminal = isTerminal
                let result = await run.run()
                results.withLock { $0 = result }
            }
            return try #require(results.withLock { $0 })
        }
    }

    @Test("a tree goes in and comes out as it was, and what was done is told in a line or an object")
    func bothWays() async throws {
        try await Lab.with { lab in
            try Folder.make("\(lab.here)/site", mode: 0o750)
            try AtomicFile.write(Array(repeating: 7, count: 300_000), to: "\(lab.here)/site/data", mode: 0o640)
            symlink("data", "\(lab.here)/site/link")
            let sent = try await lab.copy("\(lab.here)/site", "web:~/site")
            #expect(sent.status == .success, "\(sent.error)")
            #expect(sent.output.hasPrefix("copied 1 file (293 KiB) into web in "))
            let received = try await lab.copy("web:site", "\(lab.here)/back", "--json")
            #expect(received.status == .success, "\(received.error)")
            #expect(received.output.contains("\"isIntoGuest\" : false") && received.output.contains("\"files\" : 1"))
            for folder in ["\(lab.home)/site", "\(lab.here)/back"] {
                #expect(try BoundedFile.read("\(folder)/data") == Array(repeating: 7, count: 300_000))
                #expect(try FileManager.default.destinationOfSymbolicLink(atPath: "\(folder)/link") == "data")
                var status = stat()
                #expect(stat("\(folder)/data", &status) == 0 && status.st_mode & 0o7777 == 0o640)
                #expect(stat(folder, &status) == 0 && status.st_mode & 0o7777 == 0o750)
            }
        }
    }

    @Test("on a terminal a bar shows the file under way, and is gone in the end")
    func progress() async throws {
        try await Lab.with { lab in
            try AtomicFile.write(Array(repeating: 7, count: 900_000), to: "\(lab.here)/data", mode: 0o600)
            let sent = try await lab.copy("\(lab.here)/data", "web:", isTerminal: true)
            #expect(sent.status == .success)
            #expect(sent.error.contains("%  data, ") && sent.error.hasSuffix("\r\u{1B}[K"), "\(sent.error)")
            #expect(try BoundedFile.read("\(lab.home)/data").count == 900_000)
        }
    }

    @Test("what can't be copied is told and the rest is, and what isn't there is told by whoever knows")
    func failures() async throws {
        try await Lab.with { lab in
            try Folder.make("\(lab.here)/tree", mode: 0o755)
            try AtomicFile.write([1], to: "\(lab.here)/tree/file", mode: 0o600)
            mkfifo("\(lab.here)/tree/pipe", 0o600)
            let partly = try await lab.copy("\(lab.here)/tree", "web:")
            #expect(partly.status == .failed)
            #expect(partly.error.contains("is a device, a pipe or a socket") && partly.output.contains("1 not copied"))
            #expect(FileEntry.exists("\(lab.home)/tree/file"))
            let missing = try await lab.copy("\(lab.here)/nothing", "web:")
            #expect(missing.status == .notFound && !missing.error.contains("Password"))
            let missingThere = try await lab.copy("web:nothing", lab.here)
            #expect(missingThere.status == .failed && missingThere.error.contains("nothing'"), "\(missingThere.error)")
            let noFolder = try await lab.copy("\(lab.here)/tree", "web:no/such/folder")
            #expect(noFolder.status == .failed && noFolder.error.contains("no/such"), "\(noFolder.error)")
        }
    }

    @Test("a guest's program that dies, or ends without a word, fails the copy, and another goes on from what came")
    func cutShort() async throws {
        try await Lab.with { lab in
            let content = (0..<600_000).map { UInt8(truncatingIfNeeded: $0 &* 31) }
            try AtomicFile.write(content, to: "\(lab.home)/data", mode: 0o600)
            let file = "\(lab.home)/data"
            let killed = try await lab.copy("web:data", lab.here) { request in
                guard request.operation == .executeInGuest else { return try await SimpleHost.answer(request) }
                return .program { program in
                    let line = try CopyLine()
                    async let side = line.run { descriptor throws(MartletError) in
                        try CopySender(path: file, input: descriptor, output: descriptor).run()
                    }
                    async let fed: Void? = try? program.listen { said in
                        if case .input(let bytes) = said { return await !line.write(bytes) }
                        return false
                    }
                    var sent = 0
                    while sent < 400_000, let piece = await line.read() {
                        sent += piece.count
                        try await program.say(.output(piece))
                    }
                    line.close()
                    _ = try? await side
                    try await program.say(.ended(.signalled(9)))
                    try await program.close()
                    _ = await fed
                }
            }
            #expect(killed.status == .failed && killed.error.contains("ended by signal 9"), "\(killed.error)")
            #expect(!FileEntry.exists("\(lab.here)/data"))
            let part = "\(lab.here)/.data.martlet-part"
            #expect(try FileEntry.size(part).bytes > 100_000)
            let again = try await lab.copy("web:data", lab.here)
            #expect(again.status == .success, "\(again.error)")
            #expect(try BoundedFile.read("\(lab.here)/data") == content && !FileEntry.exists(part))

            let lost = try await lab.copy("\(lab.here)/data", "web:other") { request in
                guard request.operation == .executeInGuest else { return try await SimpleHost.answer(request) }
                return .program { program in
                    try await program.listen { if case .input = $0 { true } else { false } }
                    try await program.say(.failed(Failure(MartletError(.unavailable, "the guest has gone"))))
                    try await program.close()
                }
            }
            #expect(lost.status == .unreachable && lost.error.contains("the guest has gone"), "\(lost.error)")
        }
    }

    @Test(
        "a guest that says nonsense is no copy, and nothing is put in place", arguments: ["MrtlCpy1\u{1}", "no copy"])
    func nonsense(said: String) async throws {
        try await Lab.with { lab in
            let outcome = try await lab.copy("web:data", lab.here) { request in
                guard request.operation == .executeInGuest else { return try await SimpleHost.answer(request) }
                return .program { program in
                    try await program.listen { _ in true }
                    try await program.say(.output(Array(said.utf8) + [UInt8](repeating: 255, count: 100_000)))
                    try await program.listen { $0 == .endOfInput }
                    try await program.say(.ended(.exited(0)))
                    try await program.close()
                }
            }
            #expect(outcome.status == .usage && outcome.error.contains("isn't a copy"), "\(outcome.error)")
            #expect(try FileEntry.names(in: lab.here) == [])
        }
    }

    @Test("Ctrl-C and --timeout leave a guest that says nothing", arguments: [true, false])
    func leaving(isInterrupted: Bool) async throws {
        try await FakeHost.with { request in
            guard request.operation == .executeInGuest else { return try await SimpleHost.answer(request) }
            return .program { program in try await program.listen { _ in false } }
        } _: { host in
            var run = CommandRun(root: host.root)
            run.arguments = ["vm", "copy", "web:data", "/tmp"] + (isInterrupted ? [] : ["--timeout", "200ms"])
            run.hiddenAnswer = "secret"
            if isInterrupted {
                run.signals = AsyncStream { continuation in
                    continuation.yield(SIGINT)
                    continuation.finish()
                }
            }
            let result = await run.run()
            #expect(result.status == (isInterrupted ? .interrupted : .timedOut), "\(result.error)")
            #expect(result.error.contains("the same command goes on"))
            #expect(host.asked.last == .closeGuestSession)
        }
    }

    @Test("one side is a guest, written as scp has it; a path there is below the user's home unless it begins with /")
    func places() async throws {
        #expect(CopyPlace(argument: "web:/srv") == .guest(machine: "web", path: "/srv"))
        #expect(CopyPlace(argument: "web:") == .guest(machine: "web", path: ""))
        #expect(CopyPlace(argument: "./a:b") == .here("./a:b"))
        #expect(CopyPlace(argument: "/a:b") == .here("/a:b"))
        #expect(CopyPlace(argument: ":b") == .here(":b"))
        #expect(CopyPlace(argument: "") == nil)
        let paths = ["": ".", "~": ".", "~/a": "./a", "-x": "./-x", "a/b": "./a/b", "/a": "/a", "~bob": "./~bob"]
        for (written, given) in paths { #expect(CopyPlace.guestPath(written) == given) }
        let both = await CommandRun("vm", "copy", "a:x", "b:y").run()
        #expect(both.status == .usage && both.error.contains("copy it here first"))
        let none = await CommandRun("vm", "copy", "x", "y").run()
        #expect(none.status == .usage && none.error.contains("neither side is a guest"))
    }
}
