import Glibc
import MartletModel
import Testing

@testable import MartletLinux

/// The files of a group are the kernel's; a folder that has them shows what is written to them.
@Suite("Control groups")
struct ControlGroupsTests {
    private func makeGroup(_ group: String, in scratch: String) throws -> ControlGroups {
        mkdir("\(scratch)/\(group)", 0o755)
        for file in ["cpu.weight", "cpu.max", "cgroup.procs", "pids.max"] {
            try put("", "\(scratch)/\(group)/\(file)")
        }
        return ControlGroups(folder: scratch)
    }

    private func put(_ text: String, _ path: String) throws {
        try AtomicFile.write(Array(text.utf8), to: path, mode: 0o600)
    }

    @Test("weight and limit are written as the kernel reads them, and the process is put in")
    func settings() async throws {
        try await withScratchFolder { scratch in
            let groups = try makeGroup("a", in: scratch)
            let own = try ProcessIdentity(processID: getpid())
            try groups.place(own, in: "a", .init(weight: 250, quotaInPercent: 150))
            #expect(try BoundedFile.readText("\(scratch)/a/cpu.weight") == "250")
            #expect(try BoundedFile.readText("\(scratch)/a/cpu.max") == "150000 100000")
            #expect(try BoundedFile.readText("\(scratch)/a/pids.max") == "4096")
            #expect(try BoundedFile.readText("\(scratch)/a/cgroup.procs") == "\(getpid())")
            #expect(groups.names() == ["a"])
        }
    }

    @Test("no limit is `max`, and a group that isn't there is removed already")
    func noLimit() async throws {
        try await withScratchFolder { scratch in
            let groups = try makeGroup("a", in: scratch)
            try groups.apply(.init(weight: 100, quotaInPercent: nil), to: "a")
            #expect(try BoundedFile.readText("\(scratch)/a/cpu.max") == "max 100000")
            try groups.remove("b")
            #expect(throws: MartletError.self) { try groups.apply(.init(weight: 100, quotaInPercent: nil), to: "b") }
            for name in ["", ".", "..", "x/y"] { #expect(throws: MartletError.self) { try groups.remove(name) } }
        }
    }

    @Test("a host without version 2, or with the processors in version 1, is told so with the remedy")
    func absent() async throws {
        try await withScratchFolder { scratch in
            let mounts = "\(scratch)/mounts"
            try put("cgroup /sys/fs/cgroup/cpu cgroup rw,cpu 0 0\n", mounts)
            let none = await failure { _ = try ControlGroups.ready(mounts: mounts, handedOver: nil) }
            #expect(none?.code == .unsupported)
            try put("memory pids\n", "\(scratch)/cgroup.controllers")
            try put("cgroup2 \(scratch) cgroup2 rw 0 0\n", mounts)
            let noProcessors = await failure { _ = try ControlGroups.ready(mounts: mounts, handedOver: nil) }
            #expect(noProcessors?.code == .unsupported)
            #expect(noProcessors?.message.contains("unified_cgroup_hierarchy") == true)
        }
    }
}
