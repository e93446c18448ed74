import MartletHost
import MartletLinux
import MartletModel
import MartletTestSupport
import Testing

@Suite("The audit log")
struct AuditLogTests {
    @Test("its lines go on counting after a restart, also after one that was cut short by a crash")
    func restart() async throws {
        let scratch = try ScratchFolder()
        let file = "\(scratch.path)/log/audit.jsonl"
        try await withHostLab(scratch: scratch) { lab in
            for _ in 0..<3 { await lab.services.audit.record(AuditEntry(action: "x", outcome: "done")) }
        }
        let whole = try BoundedFile.read(file)
        try AtomicFile.write(whole + Array(#"{"action":"cut sh"#.utf8), to: file, mode: 0o600)
        try await withHostLab(scratch: scratch) { lab in
            await lab.services.audit.record(AuditEntry(action: "y", outcome: "done"))
            let found = try await lab.services.audit.entries(.init(), limit: 10, before: nil)
            #expect(found.entries.map(\.sequence) == [4, 3, 2, 1] && !found.hasMore)
            #expect(found.entries.map(\.action) == ["y", "x", "x", "x"])
        }
    }

    @Test("it is kept in files of a limited size, of which the oldest goes, and read through all of them")
    func rotation() async throws {
        let scratch = try ScratchFolder()
        let log = RotatedLog(path: "\(scratch.path)/log", limit: 100, kept: 2)
        for number in 10..<50 { try log.append(Array("line \(number) of the log\n".utf8)) }
        #expect(try FileEntry.names(in: scratch.path).sorted() == ["log", "log.1", "log.2"])
        let lines = try log.paths.reversed().map { try BoundedFile.readText($0) }.joined().split(separator: "\n")
        #expect(lines.last == "line 49 of the log" && lines.count > 6)
        #expect(lines == lines.sorted(), "in their order")
        for path in log.paths { #expect(try BoundedFile.read(path).count <= 100) }
    }

    @Test("what can't be written waits, up to a limit, and is shown")
    func waiting() async throws {
        try await withHostLab { lab in
            try Folder.removeTree("\(lab.scratch.path)/log")
            for _ in 0..<(AuditLog.mostWaiting + 5) {
                await lab.services.audit.record(AuditEntry(action: "x", outcome: "done"))
            }
            #expect(lab.services.audit.warning?.contains("1000 lines wait in memory (5 are lost)") == true)
            let checks = await lab.services.hostInformation.checks()
            #expect(checks.first { $0.name == "audit log" }?.result == .failed)
            try Folder.make("\(lab.scratch.path)/log", mode: 0o700)
            await lab.services.audit.record(AuditEntry(action: "y", outcome: "done"))
            #expect(lab.services.audit.warning == nil)
            let found = try await lab.services.audit.entries(.init(), limit: 10_000, before: nil).entries
            #expect(found.count == AuditLog.mostWaiting + 1 && found.first?.sequence == 1_006)
        }
    }
}
