import FoundationEssentials
import GRDB
import MartletHost
import MartletLinux
import MartletModel
import MartletStore
import MartletTestSupport
import Testing

/// A host in the test's process, with real QEMUs on the user-mode network.
@Suite("A host's services")
struct HostTests {
    @Test("a QEMU that is killed is noticed, and the cause is kept, also by the next daemon")
    func killedQEMU() async throws {
        let scratch = try ScratchFolder()
        try await withHostLab(scratch: scratch) { lab in
            let machine = try await lab.start(lab.make("a"))
            let processID = try #require(machine.status.processID)
            try ProcessIdentity(processID: processID).signal(9)
            let failed = try await lab.machines.wait(for: machine.id, until: [.failed], timeout: .seconds(30))
            #expect(failed.status.cause?.message.contains("signal 9") == true)
            _ = try await eventually("its memory is free again") {
                await lab.services.hostInformation.host(apiURL: "", fingerprint: "").memoryAssigned.bytes
            } until: {
                $0 == 0
            }
        }
        try await withHostLab(scratch: scratch) { lab in
            let machine = try lab.machines.find("a")
            #expect(machine.state == .failed)
            #expect(machine.status.cause?.message.contains("signal 9") == true)
            let started = try await lab.start(machine)
            #expect(started.state == .paused)
            #expect(started.status.cause == nil)
        }
    }

    @Test("of two clients that start one machine at once, one wins and the other is told")
    func twoClients() async throws {
        try await withHostLab { lab in
            let machine = try await lab.make("a")
            let outcomes = await withTaskGroup(of: Result<MartletModel.Operation, any Error>.self) { group in
                for _ in 0..<8 {
                    group.addTask {
                        do { return .success(try await lab.startMachine(machine.name)) } catch {
                            return .failure(error)
                        }
                    }
                }
                return await group.reduce(into: []) { $0.append($1) }
            }
            let winners = outcomes.compactMap { try? $0.get() }
            #expect(winners.count == 1)
            for case .failure(let error) in outcomes { #expect((error as? MartletError)?.code == .wrongState) }
            for winner in winners { try await lab.success(of: winner) }
        }
    }

    @Test("a change that was decided on an old look is refused and changes nothing")
    func staleRevision() async throws {
        try await withHostLab { lab in
            let machine = try await lab.make("a")
            let changed = try await lab.machines.update(
                machine.id, .init(cpus: 2), revision: machine.revision, by: HostLab.principal
            )
            #expect(changed.revision > machine.revision)
            await #expect(throws: MartletError.self) {
                try await lab.machines.update(
                    machine.id, .init(cpus: 3), revision: machine.revision, by: HostLab.principal)
            }
            #expect(try lab.machines.find("a").configuration.cpus == 2)
        }
    }

    @Test("two machines can't have one name, nor two disks, also while the first is being made")
    func names() async throws {
        try await withHostLab { lab in
            let first = try await lab.createMachine(.init(name: "a", memory: .mebibytes(64), switches: []))
            await #expect(throws: MartletError.self) { try await lab.createMachine(.init(name: "a", switches: [])) }
            try await lab.success(of: first)
            await #expect(throws: MartletError.self) { try await lab.createMachine(.init(name: "a", switches: [])) }
            try await lab.success(of: lab.createDisk(.init(name: "d", capacity: .mebibytes(1))))
            await #expect(throws: MartletError.self) {
                try await lab.createDisk(.init(name: "d", capacity: .mebibytes(1)))
            }
        }
    }

    @Test("a disk has one machine, can't be deleted while it has, and stays when its machine goes")
    func disks() async throws {
        try await withHostLab { lab in
            try await lab.success(of: lab.createDisk(.init(name: "shared", capacity: .mebibytes(8))))
            try await lab.make("a", disks: [.existing("shared"), .new(capacity: .mebibytes(8))])
            await #expect(throws: MartletError.self) {
                try await lab.createMachine(.init(name: "b", disks: [.existing("shared")], switches: []))
            }
            await #expect(throws: MartletError.self) { try await lab.deleteDisk("shared") }
            let ended = try await lab.success(of: lab.deleteMachine("a"))
            #expect(ended.messages.contains { $0.contains("a-1") })
            #expect(lab.disks.list().map(\.name) == ["a-1", "shared"])
            #expect(lab.disks.list().allSatisfy { $0.machine == nil })
            let kept = try lab.scratch.tree()
            #expect(kept.contains { $0.hasPrefix("disks/a-1-") && $0.hasSuffix(".qcow2") })
            try await lab.success(of: lab.deleteDisk("a-1"))
            let left = try lab.scratch.tree()
            #expect(!left.contains { $0.contains("a-1-") })
        }
    }

    @Test("a machine for which the host has no memory stays off, and the error says how much is free")
    func noMemory() async throws {
        try await withHostLab { lab in
            let total = try HostFacts.read().memory
            let request = CreateVirtualMachineRequest(
                name: "huge", memory: .mebibytes((total.bytes >> 20) + 1), switches: []
            )
            try await lab.success(of: lab.createMachine(request))
            let ended = try await lab.end(of: lab.startMachine("huge"))
            #expect(ended.error?.code == "insufficientMemory")
            #expect(try lab.machines.find("huge").state == .off)
        }
    }

    @Test("a store that is no database is set aside and shown, and machines and disks come back from their folders")
    func damagedStore() async throws {
        let scratch = try ScratchFolder()
        try await withHostLab(scratch: scratch) { lab in
            _ = try await lab.make("a", disks: [.new(capacity: .mebibytes(8))])
        }
        for suffix in ["-wal", "-shm"] { try Folder.removeTree("\(scratch.path)/state.sqlite\(suffix)") }
        try AtomicFile.write([UInt8](repeating: 7, count: 20_000), to: "\(scratch.path)/state.sqlite", mode: 0o600)
        try await withHostLab(scratch: scratch) { lab in
            #expect(lab.machines.list().map(\.name) == ["a"])
            #expect(lab.disks.list().map(\.name) == ["a-1"])
            let host = await lab.services.hostInformation.host(apiURL: "", fingerprint: "")
            #expect(host.warnings.contains { $0.contains("damaged") })
            let files = try scratch.tree()
            #expect(files.contains { $0.hasPrefix("state.sqlite.damaged-") })
            let started = try await lab.start(lab.machines.find("a"))
            #expect(started.state == .paused)
        }
    }

    @Test("a document that doesn't decode is shown, and the other machines work")
    func damagedDocument() async throws {
        let scratch = try ScratchFolder()
        let lost = try await withHostLab(scratch: scratch) { lab in
            try await lab.make("good")
            return try await lab.make("bad").id
        }
        let raw = try DatabaseQueue(path: "\(scratch.path)/state.sqlite")
        try await raw.write { db in
            try db.execute(sql: "UPDATE document SET body = x'00' WHERE id = ?", arguments: [lost.description])
        }
        try raw.close()
        try await withHostLab(scratch: scratch) { lab in
            #expect(lab.machines.list().map(\.name) == ["good"])
            let host = await lab.services.hostInformation.host(apiURL: "", fingerprint: "")
            #expect(host.warnings.contains { $0.contains(lost.description) })
            let checks = await lab.services.hostInformation.checks()
            #expect(checks.contains { $0.name == "state" && $0.result == .warning })
            let started = try await lab.start(lab.machines.find("good"))
            #expect(started.state == .paused)
        }
    }

    @Test("a file that was never finished is removed when the next daemon starts")
    func unfinishedFiles() async throws {
        let scratch = try ScratchFolder()
        try await withHostLab(scratch: scratch) { lab in _ = try await lab.make("a") }
        try AtomicFile.write([1], to: "\(scratch.path)/disks/.x.new", mode: 0o600)
        try await withHostLab(scratch: scratch) { lab in
            let files = try lab.scratch.tree()
            #expect(!files.contains { $0.hasSuffix(".new") })
            #expect(lab.machines.list().count == 1)
        }
    }

    @Test("a token is recognized by its secret alone, and is kept only as a digest")
    func tokens() async throws {
        try await withHostLab { lab in
            let made = try await lab.services.tokens.create(.init(name: "t", role: .operator), by: HostLab.principal)
            guard case .known(let principal) = await lab.services.tokens.recognize(made.secret),
                case .unknown = await lab.services.tokens.recognize(made.secret + "x")
            else {
                Issue.record("not told apart")
                return
            }
            #expect(principal.role == .operator)
            for file in ["state.sqlite", "state.sqlite-wal"] {
                let bytes = try BoundedFile.read("\(lab.scratch.path)/\(file)", limit: 1 << 24)
                #expect(!String(decoding: bytes, as: UTF8.self).contains(made.secret))
            }
            try await lab.services.tokens.delete("t", by: HostLab.principal)
            guard case .unknown = await lab.services.tokens.recognize(made.secret) else {
                Issue.record("it still lets in")
                return
            }
        }
    }

    @Test("an event's follower gets what it missed, and one that falls behind is ended and not waited for")
    func events() async throws {
        let hub = EventHub(environment: HostEnvironment())
        for _ in 0..<3 { hub.publish(.vmDeleted(ID(UUID()))) }
        var replayed: [Int64] = []
        for await event in hub.subscribe(after: 1) {
            replayed.append(event.sequence)
            if replayed.count == 2 { break }
        }
        #expect(replayed == [2, 3])
        let slow = hub.subscribe(after: nil)
        for _ in 0..<(4 * EventHub.keptEvents) { hub.publish(.vmDeleted(ID(UUID()))) }
        var count = 0
        for await _ in slow { count += 1 }
        #expect(count == 2 * EventHub.keptEvents)
    }
}
