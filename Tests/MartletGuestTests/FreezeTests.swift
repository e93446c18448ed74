import Dispatch
import Glibc
import Logging
import MartletGuestProtocol
import MartletLinux
import MartletModel
import MartletTestSupport
import SwiftProtobuf
import Synchronization
import Testing

@testable import MartletGuest

/// What freezes file systems and what runs the hooks, without a file system that can be frozen.
@Suite("A freeze in the guest")
struct FreezeTests {
    private static func mount(_ folder: String) -> Mount {
        Mount(point: folder, device: folder, type: "ext4", source: "/dev/vda", isReadOnly: false)
    }

    @Test(
        "one that never ends keeps no other file system frozen: the watch thaws in time, and what is frozen later at once"
    )
    func stuck() async throws {
        let scratch = try ScratchFolder()
        for name in ["a", "b"] { try Folder.make("\(scratch.path)/\(name)", mode: 0o700) }
        let thawed = Mutex<[CInt]>([])
        let frozen = Mutex<[CInt]>([])
        let isThawed = DispatchSemaphore(value: 0)
        var calls = FrozenFileSystems.Calls()
        calls.freeze = { folder in
            // The second doesn't come back before the first was thawed.
            if frozen.withLock({ $0.count }) == 1 { isThawed.wait() }
            frozen.withLock { $0.append(folder) }
            return 0
        }
        calls.thaw = { folder in
            thawed.withLock { $0.append(folder) }
            isThawed.signal()
            return 0
        }
        let systems = FrozenFileSystems(
            [Self.mount("\(scratch.path)/a"), Self.mount("\(scratch.path)/b")], calls: calls)
        let result = try await BlockingWork.run { () throws(MartletError) -> (MartletError?, FreezeWatch.Ending) in
            let watch = FreezeWatch.start(over: systems, for: .milliseconds(50)) { end in
                while ContinuousClock.now < end { usleep(1_000) }
            }
            var failure: MartletError?
            do throws(MartletError) { try systems.freeze() } catch { failure = error }
            return (failure, watch.end())
        }
        #expect(result.0?.code == .timedOut && result.1.isInTime == false)
        #expect(frozen.withLock { $0 } == thawed.withLock { $0 } && frozen.withLock { $0.count } == 2)
        #expect(systems.points.isEmpty)
    }

    @Test("one that can't be frozen is left out, and one that somebody else has frozen thaws the others")
    func refusals() throws {
        let scratch = try ScratchFolder()
        let thawed = Mutex(0)
        for (reason, code) in [(EOPNOTSUPP, nil), (EBUSY, MartletError.Code.inUse), (EIO, .ioFailed)] {
            thawed.withLock { $0 = 0 }
            let count = Mutex(0)
            var calls = FrozenFileSystems.Calls()
            calls.freeze = { _ in
                count.withLock {
                    $0 += 1
                    return $0 == 2 ? reason : 0
                }
            }
            calls.thaw = { _ in
                thawed.withLock { $0 += 1 }
                return 0
            }
            let systems = FrozenFileSystems([Self.mount(scratch.path), Self.mount(scratch.path)], calls: calls)
            if let code {
                #expect(throws: MartletError.self) { try systems.freeze() }
                #expect(thawed.withLock { $0 } == 1, "\(code)")
            } else {
                try systems.freeze()
                #expect(systems.points.count == 1 && systems.leftOut.count == 1 && systems.thaw())
            }
        }
    }

    private func hooks(_ scripts: [String: String], _ scratch: ScratchFolder) throws -> FreezeHooks {
        for (name, script) in scripts {
            try AtomicFile.write(Array("#!/bin/sh\n\(script)\n".utf8), to: "\(scratch.path)/\(name)", mode: 0o755)
        }
        return FreezeHooks(folder: scratch.path, logger: Logger(label: "test") { _ in SwiftLogNoOpLogHandler() })
    }

    @Test("hooks are told what, which and for how long; those with nothing to do are as if they weren't there")
    func hookCalls() async throws {
        let scratch = try ScratchFolder()
        let log = "\(scratch.path)/.log"
        let hooks = try hooks(
            [
                "10-first": "echo 1 \"$@\" >>\(log)", "20-none": "exit 77",
                "30-last": "echo 3 \"$@\" >>\(log); echo no >&2; exit 3",
            ],
            scratch)
        try AtomicFile.write(Array("#!/bin/sh\necho never >>\(log)\n".utf8), to: "\(scratch.path)/40-open", mode: 0o777)
        let called = await hooks.freeze(id: "x", lasting: 10, within: .seconds(60))
        #expect(called.map(\.name) == ["10-first", "30-last"])
        #expect(called.map(\.exitCode) == [0, 3] && called[1].said == "no\n")
        let thawed = await hooks.thaw(called, id: "x", lasting: 10, within: .seconds(60))
        #expect(thawed.map(\.name) == ["30-last", "10-first"])
        #expect(try BoundedFile.readText(log) == "1 freeze x 10\n3 freeze x 10\n3 thaw x 10\n1 thaw x 10\n")
    }

    @Test(
        "a hook that never ends is ended with the time, and what one leaves behind with its outputs open keeps nobody waiting"
    )
    func stuckHooks() async throws {
        let scratch = try ScratchFolder()
        let hooks = try hooks(["10-forever": "exec sleep 1000", "20-after": "exit 0"], scratch)
        let called = await hooks.freeze(id: "x", lasting: 10, within: .milliseconds(500))
        #expect(called.map(\.name) == ["10-forever", "20-after"] && called[0].exitCode == 1)
        #expect(called[0].said.contains("took longer"), "\(called[0].said)")
        let other = try ScratchFolder()
        let leaving = try self.hooks(["10-leaves": "sleep 1000 & echo $! >\(other.path)/.left"], other)
        let left = await leaving.freeze(id: "x", lasting: 10, within: .seconds(5))
        #expect(left.count == 1, "\(left)")
        let process = try #require(pid_t(try BoundedFile.readText("\(other.path)/.left").prefix { $0.isNumber }))
        kill(process, SIGKILL)
    }
}
