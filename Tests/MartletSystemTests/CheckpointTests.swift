import FoundationEssentials
import MartletClient
import MartletHost
import MartletLinux
import MartletModel
import MartletQEMU
import MartletTestSupport
import Testing

extension HostSuites {
    /// The layers of disks, written to and read by qemu-io.
    @Suite("A machine's checkpoints", .serialized)
    struct CheckpointTests {
        /// A machine that is off, and what its disk must hold: a byte for each of 64 places.
        private final class Model {
            var now = [UInt8](repeating: 0, count: 64)
            var checkpoints: [String: [UInt8]] = [:]
        }

        private static let place = 65_536

        /// The disk's chain as QEMU has it, by what the host's records say and nothing else.
        private func node(_ disk: Disk, _ layer: DiskLayer?, _ lab: HostLab, isWritten: Bool) -> String {
            var view = disk
            if let layer { (view.top, view.parent) = (layer.file, layer.parent) }
            let files = ([view.top] + view.chain.map(\.file)).reversed()
            return files.reduce("null") { below, file in
                let path = "\(lab.scratch.path)/\(file.path)"
                let own = "{\"driver\":\"file\",\"filename\":\"\(path)\"}"
                return file.format == .raw
                    ? "{\"driver\":\"raw\",\"file\":\(own)}"
                    : "{\"driver\":\"qcow2\",\"file\":\(own),\"backing\":\(below)}"
            }
        }

        private func io(_ commands: [String], on node: String, isWritten: Bool) async throws {
            let mode = isWritten ? [] : ["-r"]
            try await CommandRunner(timeLimit: .seconds(60)).run(
                "qemu-io", mode + commands.flatMap { ["-c", $0] } + ["json:\(node)"])
        }

        private func write(_ places: [Int], _ value: UInt8, _ lab: HostLab, _ model: Model) async throws {
            let disk = try lab.disks.find("a-1")
            let commands = places.map { "write -q -P \(value) \($0 * Self.place) \(Self.place)" }
            try await io(commands, on: node(disk, nil, lab, isWritten: true), isWritten: true)
            for place in places { model.now[place] = value }
        }

        /// qemu-io says it when a place doesn't hold what it should, and ends with 1.
        private func expect(_ content: [UInt8], _ node: String, _ what: String) async throws {
            let commands = content.enumerated().map { "read -q -P \($1) \($0 * Self.place) \(Self.place)" }
            await #expect(throws: Never.self, "\(what) holds something else than it should") {
                try await io(commands, on: node, isWritten: false)
            }
        }

        private func expectAll(_ lab: HostLab, _ model: Model, _ when: String) async throws {
            let disk = try lab.disks.find("a-1")
            try await expect(model.now, node(disk, nil, lab, isWritten: false), "\(when): the disk")
            let machine = try lab.machines.find("a")
            for checkpoint in await lab.machines.checkpoints(of: machine) {
                let layer = try #require(disk.layers?.first { $0.id == checkpoint.layers[0] })
                let content = try #require(model.checkpoints[checkpoint.name])
                try await expect(content, node(disk, layer, lab, isWritten: false), "\(when): \(checkpoint.name)")
            }
        }

        @Test("twenty deep and branched, written to in between and deleted in random order, each hold what they held")
        func randomDeletion() async throws {
            try await withHostLab { lab in
                try await lab.make("a", disks: [.new(capacity: .mebibytes(4))], switches: [])
                let model = Model()
                let before = try lab.disks.find("a-1").path
                for number in 0..<20 {
                    let places = (0..<64).shuffled().prefix(8)
                    try await write(Array(places), UInt8(number + 1), lab, model)
                    try await lab.success(of: lab.createCheckpoint("a", .init(name: "\(number)")))
                    model.checkpoints["\(number)"] = model.now
                    // Now and then back into the past: the tree branches.
                    if number % 7 == 6, let back = model.checkpoints.keys.sorted().randomElement() {
                        try await lab.success(of: lab.applyCheckpoint("a", back))
                        model.now = try #require(model.checkpoints[back])
                    }
                }
                try await write([1, 2, 3], 99, lab, model)
                try await expectAll(lab, model, "all there")
                for name in model.checkpoints.keys.shuffled() {
                    try await lab.success(of: lab.deleteCheckpoint("a", name))
                    model.checkpoints[name] = nil
                    try await expectAll(lab, model, "without \(name)")
                    if model.checkpoints.count % 5 == 0 {
                        try await write((0..<64).shuffled().prefix(3) + [], UInt8.random(in: 100...200), lab, model)
                    }
                }
                let disk = try lab.disks.find("a-1")
                #expect(disk.layers == nil && disk.path == before)
                #expect(try lab.scratch.tree().filter { $0.contains("qcow2") && !$0.hasSuffix(".json") } == [before])
            }
        }

        @Test("are told when they are made and deleted")
        func events() async throws {
            try await withHostLab { lab in
                let machine = try await lab.make("a", disks: [.new(capacity: .mebibytes(4))], switches: [])
                let events = lab.services.events.subscribe(after: nil)
                try await lab.success(of: lab.createCheckpoint("a", .init(name: "one")))
                try await lab.success(of: lab.deleteCheckpoint("a", "one"))
                var told: [Event] = []
                for await event in events where event.checkpoint != nil {
                    told.append(event)
                    if event.kind == .checkpointDeleted { break }
                }
                #expect(told.map(\.kind) == [.checkpointChanged, .checkpointDeleted])
                #expect(told.allSatisfy { $0.checkpoint?.name == "one" && $0.checkpoint?.machine == machine.id })
            }
        }

        @Test("of a machine that runs are made and merged under it, and every disk's layers are forked together")
        func online() async throws {
            try await withHostLab { lab in
                let new = CreateVirtualMachineRequest.DiskSource.new(capacity: .mebibytes(4))
                let machine = try await lab.make("a", disks: [new, new], switches: [])
                let before = try await lab.footprint().files
                try await lab.start(machine)
                for number in 0..<6 {
                    try await lab.success(of: lab.createCheckpoint("a", .init(name: "\(number)", type: .standard)))
                }
                #expect(try lab.disks.find("a-1").chain.count == 6 && lab.disks.find("a-2").chain.count == 6)
                for number in [3, 0, 5, 1, 4, 2] { try await lab.success(of: lab.deleteCheckpoint("a", "\(number)")) }
                #expect(try lab.machines.find("a").state == .paused)
                try await lab.turnOff(machine)
                #expect(try await lab.footprint().files == before)
            }
        }

        @Test("keep their disks from what would make them worthless, and the machine's disks from being kept alone")
        func refusals() async throws {
            try await withHostLab { lab in
                try await lab.make("a", disks: [.new(capacity: .mebibytes(4))], switches: [])
                try await lab.success(of: lab.createCheckpoint("a", .init(name: "one")))
                let disk = try lab.disks.find("a-1").id
                func code(_ body: () async throws -> Operation) async -> MartletError.Code? {
                    do { _ = try await body() } catch { return (error as? MartletError)?.code }
                    return nil
                }
                #expect(await code { try await lab.resizeDisk("a-1", .init(capacity: .mebibytes(8))) } == .unsupported)
                #expect(await code { try await lab.detachDisk("a-1", .init()) } == .unsupported)
                #expect(await code { try await lab.convertDisk("a-1", .init(format: .raw)) } == .unsupported)
                #expect(await code { try await lab.deleteDisk("a-1") } == .inUse)
                #expect(await code { try await lab.deleteMachine("a") } == .wrongState)
                #expect(await code { try await lab.createCheckpoint("a", .init(name: "one")) } == .alreadyExists)
                #expect(await code { try await lab.createCheckpoint("a", .init(name: " ")) } == .invalidArgument)
                #expect(await code { try await lab.applyCheckpoint("a", "none") } == .notFound)
                try await lab.success(of: lab.convertDisk("a-1", .init(format: .raw, name: "copy")))
                #expect(try lab.disks.find("copy").layers == nil && lab.disks.find("copy").format == .raw)
                #expect(try lab.disks.find("\(disk)").layers?.count == 1)
            }
        }

        @Test("of a raw disk lie over it, and a lost store brings them back")
        func rawAndRecovery() async throws {
            let scratch = try ScratchFolder()
            try await withHostLab(scratch: scratch) { lab in
                try await lab.success(of: lab.createDisk(.init(name: "a-1", capacity: .mebibytes(4), format: .raw)))
                try await lab.make("a", disks: [.existing("a-1")], switches: [])
                let model = Model()
                try await write([0], 7, lab, model)
                try await lab.success(of: lab.createCheckpoint("a", .init(name: "one", notes: "kept")))
                model.checkpoints["one"] = model.now
                try await write([0], 8, lab, model)
                try await expectAll(lab, model, "a raw disk")
            }
            for suffix in ["", "-wal", "-shm"] {
                let path = "\(scratch.path)/state.sqlite\(suffix)"
                if FileEntry.exists(path) { try AtomicFile.write(Array("damaged".utf8), to: path, mode: 0o600) }
            }
            try await withHostLab(scratch: scratch) { lab in
                let found = await lab.machines.checkpoints(of: try lab.machines.find("a"))
                #expect(found.map(\.notes) == ["kept"])
                let model = Model()
                model.now[0] = 7
                try await lab.success(of: lab.applyCheckpoint("a", "one"))
                model.checkpoints["one"] = model.now
                try await expectAll(lab, model, "brought back")
                try await lab.success(of: lab.deleteCheckpoint("a", "one"))
                #expect(try lab.disks.find("a-1").format == .raw)
            }
        }

        @Test("are exported whole: each disk is one file with what it held")
        func export() async throws {
            try await withHostLab { lab in
                try await lab.make("a", disks: [.new(capacity: .mebibytes(4))], switches: [])
                let model = Model()
                for value in [UInt8(1), 2, 3] {
                    try await write([Int(value)], value, lab, model)
                    try await lab.success(of: lab.createCheckpoint("a", .init(name: "\(value)")))
                    model.checkpoints["\(value)"] = model.now
                }
                let folder = lab.outside("export")
                try await lab.success(of: lab.exportCheckpoint("a", "2", to: folder))
                #expect(try Set(FileEntry.names(in: folder)) == ["a-1.qcow2", "checkpoint.json", "machine.json"])
                let copy =
                    "{\"driver\":\"qcow2\",\"backing\":null,\"file\":{\"driver\":\"file\",\"filename\":\"\(folder)/a-1.qcow2\"}}"
                try await expect(try #require(model.checkpoints["2"]), copy, "the copy")
                await #expect(throws: MartletError.self) { try await lab.exportCheckpoint("a", "2", to: folder) }
            }
        }

        // MARK: Production

        private struct FakeFreezer: GuestFreezer {
            var freezes = true
            var stays = true
            /// Whether it says anything after it was frozen.
            var answers = true
            var failedHooks: [String] = []

            func freeze(limit: Duration) async throws(MartletError) -> FrozenGuest {
                guard freezes else { throw MartletError(.timedOut, "the agent didn't answer") }
                return FrozenGuest(consistency: .application)
            }

            func thaw() async throws(MartletError) -> ThawedGuest {
                guard answers else { throw MartletError(.unavailable, "the agent is gone") }
                return ThawedGuest(wasFrozen: stays, frozenInMilliseconds: 7, warnings: failedHooks)
            }
        }

        private func checkpoint(
            _ freezer: FakeFreezer?, _ type: CheckpointType
        ) async throws -> (checkpoint: Checkpoint?, operation: Operation) {
            let freezers: GuestFreezers = { _, _ in freezer }
            return try await withHostLab(freezers: freezers) { lab in
                let machine = try await lab.make("a", disks: [.new(capacity: .mebibytes(4))], switches: [])
                _ = try await lab.success(of: lab.start(machine, paused: false))
                let operation = try await lab.end(of: lab.createCheckpoint("a", .init(name: "one", type: type)))
                #expect(try lab.machines.find("a").state == .running)
                let found = await lab.machines.checkpoints(of: try lab.machines.find("a"))
                #expect(try lab.disks.find("a-1").chain.count == found.count)
                return (found.first, operation)
            }
        }

        @Test("of production say what they are: frozen, thawed too early, or not frozen at all")
        func production() async throws {
            let frozen = try await checkpoint(FakeFreezer(), .production)
            #expect(frozen.checkpoint?.kind == .production && frozen.checkpoint?.consistency == .application)
            #expect(frozen.operation.messages.isEmpty)
            #expect(try #require(frozen.checkpoint?.frozenInMilliseconds) >= 7)
            let lost = try await checkpoint(FakeFreezer(failedHooks: ["the lock was lost"]), .production)
            #expect(lost.checkpoint?.consistency == .fileSystem)
            #expect(lost.operation.messages == ["the lock was lost"])
            for (type, kind) in [(CheckpointType.production, Checkpoint.Kind.production), (.productionOnly, nil)] {
                let unknown = try await checkpoint(FakeFreezer(answers: false), type)
                #expect(unknown.checkpoint?.kind == kind)
                #expect(unknown.checkpoint.map { $0.consistency == .crash } ?? true)
                let said = unknown.operation.messages + [unknown.operation.error?.message ?? ""]
                #expect(said.contains { $0.contains("isn't known") }, "\(said)")
            }
            let early = try await checkpoint(FakeFreezer(stays: false), .production)
            #expect(early.checkpoint?.kind == .production && early.checkpoint?.consistency == .crash)
            #expect(early.operation.messages.contains { $0.contains("NOT consistent") })
            let fallback = try await checkpoint(FakeFreezer(freezes: false), .production)
            #expect(fallback.checkpoint?.kind == .standard && fallback.checkpoint?.consistency == .runningState)
            #expect(fallback.operation.messages.contains { $0.contains("NOT a production") })
            let refused = try await checkpoint(FakeFreezer(freezes: false), .productionOnly)
            #expect(refused.checkpoint == nil && refused.operation.state == .failed)
            let tooLate = try await checkpoint(FakeFreezer(stays: false), .productionOnly)
            #expect(tooLate.checkpoint == nil && tooLate.operation.state == .failed)
        }

        // MARK: With a guest

        @Test(
            "with memory go on counting from there, with another generation id, and the daemon may be killed in between"
        )
        func counting() async throws {
            try await withDaemonLab { lab in
                let guest = try await GuestConsole.start("hello", on: lab, "--disk", "64MiB")
                try await guest.output(
                    of: "(i=0; while :; do i=$((i+1)); echo $i > /tmp/count; sleep 0.1; done) & true")
                try await guest.run("echo before | dd of=/dev/vda conv=fsync 2>/dev/null")
                let before = try #require(Int(try await guest.output(of: "cat /tmp/count")))
                let made = try await lab.martletSucceeds("checkpoint", "create", "hello", "one", "--type", "standard")
                #expect(made.contains("standard, running-state"))
                #expect(!made.contains("stood still while"), "\(made)")
                try await guest.run("echo after > /tmp/marker; echo after | dd of=/dev/vda conv=fsync 2>/dev/null")
                _ = try await eventually("the guest counts on") {
                    Int(try await guest.output(of: "cat /tmp/count")) ?? 0
                } until: {
                    $0 > before + 20
                }
                let late = try #require(Int(try await guest.output(of: "cat /tmp/count")))
                try await lab.kill9()
                try await lab.start()
                try await lab.martletSucceeds("checkpoint", "apply", "hello", "one", "--yes")
                let machine = try await lab.machine("hello")
                #expect(machine.state == .running && machine.configuration.generationID != nil)
                let count = try #require(Int(try await guest.output(of: "cat /tmp/count")))
                #expect(count >= before && count < late, "\(before) \(count) \(late)")
                #expect(try await guest.output(of: "cat /tmp/marker 2>/dev/null; true").isEmpty)
                #expect(try await guest.output(of: "head -c 6 /dev/vda") == "before")
                // The same once more, from the same checkpoint; and merged under the guest.
                try await guest.run("echo later | dd of=/dev/vda conv=fsync 2>/dev/null")
                try await lab.martletSucceeds("checkpoint", "apply", "hello", "one", "--yes")
                #expect(try await guest.output(of: "head -c 6 /dev/vda") == "before")
                try await guest.run("echo merged | dd of=/dev/vda conv=fsync 2>/dev/null")
                try await lab.martletSucceeds("checkpoint", "delete", "hello", "one")
                #expect(try await guest.output(of: "head -c 6 /dev/vda") == "merged")
                #expect(try await lab.client { try await $0.getDisk("hello-1") }.layers == nil)
                try await lab.martletSucceeds("vm", "stop", "hello", "--turn-off")
            }
        }
    }
}
