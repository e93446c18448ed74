import Foundation
import Glibc
import MartletLinux
import MartletModel
import Testing

@Suite("Processes known by number, start time and boot")
struct ProcessIdentityTests {
    @Test("a child's exit code is told to who waits")
    func exitCode() async throws {
        try await withScratchFolder { folder in
            for code: Int32 in [0, 7, 255] {
                let process = try shell("exit \(code)", in: folder)
                #expect(await process.waitForExit() == .code(code))
            }
        }
    }

    @Test("a signal that ends a child is told to who waits")
    func signalled() async throws {
        try await withScratchFolder { folder in
            let process = try shell("exec sleep 600", in: folder)
            #expect(process.isAlive)
            async let exit = process.waitForExit()
            try process.signal(SIGTERM)
            #expect(await exit == .signal(SIGTERM))
            #expect(!process.isAlive)
        }
    }

    @Test("a process that isn't our child is waited for, and how it ended stays unknown")
    func stranger() async throws {
        try await withScratchFolder { folder in
            let parent = try shell("sleep 600 & echo $! > pid.new; mv pid.new pid; wait", in: folder)
            try await eventually("the child's number", { exists("\(folder)/pid") }, until: { $0 })
            let number = try #require(Int32(try BoundedFile.readText("\(folder)/pid").dropLast()))
            let stranger = try ProcessIdentity(processID: number)
            async let exit = stranger.waitForExit()
            try stranger.signal(SIGKILL)
            #expect(await exit == .unknown)
            #expect(!stranger.isAlive)
            _ = await parent.waitForExit()
        }
    }

    @Test("a child that has ended and wasn't waited for is not alive, and its code isn't lost")
    func zombie() async throws {
        try await withScratchFolder { folder in
            let process = try shell("exit 3", in: folder)
            try await eventually("the end", { process.isAlive }, until: { !$0 })
            // Still there for the kernel, as a zombie.
            #expect(kill(process.processID, 0) == 0)
            #expect(await process.waitForExit() == .code(3))
            #expect(await process.waitForExit() == .unknown)
        }
    }

    @Test("another process with the same number is neither alive, nor signalled, nor waited for")
    func reusedNumber() async throws {
        try await withScratchFolder { folder in
            let process = try shell("exec sleep 600", in: folder)
            var earlier = process
            earlier.startTime -= 1
            var otherBoot = process
            otherBoot.bootID = "0f0f0f0f-0000-4000-8000-000000000000"
            for former in [earlier, otherBoot] {
                #expect(!former.isAlive)
                let refusal = await failure { try former.signal(SIGKILL) }
                #expect(refusal?.code == .notFound)
                #expect(await former.waitForExit() == .unknown)
            }
            #expect(process.isAlive)
            try process.signal(SIGKILL)
            #expect(await process.waitForExit() == .signal(SIGKILL))
        }
    }

    @Test("a process that was reaped can't be signalled or identified")
    func ended() async throws {
        try await withScratchFolder { folder in
            let process = try shell("exit 0", in: folder)
            _ = await process.waitForExit()
            #expect(await failure { try process.signal(SIGTERM) }?.code == .notFound)
            #expect(await failure { _ = try ProcessIdentity(processID: process.processID) }?.code == .notFound)
        }
    }

    @Test("waiting ends when its task is cancelled, and the process goes on")
    func cancelled() async throws {
        try await withScratchFolder { folder in
            let process = try shell("exec sleep 600", in: folder)
            let waiter = Task { await process.waitForExit() }
            waiter.cancel()
            #expect(await waiter.value == .unknown)
            let early = Task {
                withUnsafeCurrentTask { $0?.cancel() }
                return await process.waitForExit()
            }
            #expect(await early.value == .unknown)
            #expect(process.isAlive)
            try process.signal(SIGKILL)
            #expect(await process.waitForExit() == .signal(SIGKILL))
        }
    }

    @Test("several may wait for one process, and one of them is told how it ended")
    func manyWaiters() async throws {
        try await withScratchFolder { folder in
            let process = try shell("exec sleep 600", in: folder)
            let exits = try await withThrowingTaskGroup(of: ProcessExit.self) { group in
                for _ in 0..<8 { group.addTask { await process.waitForExit() } }
                try process.signal(SIGKILL)
                return try await group.reduce(into: []) { $0.append($1) }
            }
            #expect(exits.filter { $0 == .signal(SIGKILL) }.count == 1)
            #expect(exits.filter { $0 == .unknown }.count == 7)
        }
    }

    @Test("two hundred processes are waited for at once, each with its own code")
    func manyProcesses() async throws {
        try await withScratchFolder { folder in
            let processes = try (0..<200).map { try shell("exit \($0)", in: folder) }
            let exits = await withTaskGroup(of: (Int, ProcessExit).self) { group in
                for (index, process) in processes.enumerated() {
                    group.addTask { (index, await process.waitForExit()) }
                }
                return await group.reduce(into: [Int: ProcessExit]()) { $0[$1.0] = $1.1 }
            }
            for index in 0..<200 { #expect(exits[index] == .code(Int32(index))) }
        }
    }

    @Test("waiting with a limit tells whether the process ended")
    func endedWithin() async throws {
        try await withScratchFolder { folder in
            let process = try shell("exec sleep 600", in: folder)
            #expect(await process.hasEnded(within: .milliseconds(10)) == false)
            try process.signal(SIGKILL)
            #expect(await process.hasEnded(within: .seconds(60)))
        }
    }

    @Test("who a process is survives JSON")
    func codable() throws {
        let process = try ProcessIdentity(processID: getpid())
        let json = try JSONEncoder().encode(process)
        #expect(try JSONDecoder().decode(ProcessIdentity.self, from: json) == process)
        #expect(process.isAlive)
    }

    @Test("a program's name with blanks and parentheses doesn't shift the fields")
    func awkwardName() async throws {
        try await withScratchFolder { folder in
            let program = "\(folder)/a) S (1 2"
            // A link, since the kernel names a process as it was called: a copy could still be open for writing in another fork.
            try #require(symlink("/bin/sleep", program) == 0)
            let process = try DetachedProcess.spawn(
                executable: program,
                arguments: ["600"],
                environment: [:],
                workingDirectory: "/",
                log: "\(folder)/log",
                descriptors: []
            )
            let sibling = try ProcessIdentity(processID: process.processID)
            #expect(sibling == process && process.isAlive && process.startTime > 0)
            try process.signal(SIGKILL)
            #expect(await process.waitForExit() == .signal(SIGKILL))
        }
    }
}
