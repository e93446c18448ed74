import FoundationEssentials
import MartletHost
import MartletLinux
import MartletModel
import MartletTestSupport
import Synchronization
import Testing

extension HostSuites {
    /// What comes between: requests and cancellations while an operation is at a certain point, with a real QEMU.
    @Suite("What comes in between", .serialized)
    struct InterleavingTests {
        @Test("a machine isn't off before its stop has let go of it, or the stop would take down what a new start made")
        func stop() async throws {
            let faults = PointFaults()
            try await withHostLab(faults: faults) { lab in
                let machine = try await lab.start(lab.make("a", switches: []))
                let seen = Mutex<VirtualMachineState?>(nil)
                faults.at(.init(kind: "vm.stop", step: "release what it held", phase: .afterPerform)) {
                    let state = try? lab.machines.find("a").state
                    seen.withLock { $0 = state }
                }
                try await lab.turnOff(machine)
                #expect(seen.withLock { $0 } == .stopping)
                #expect(try lab.machines.find("a").state == .off)
            }
        }

        @Test("what is in a drive isn't changed while its machine is being saved")
        func isoWhileSaving() async throws {
            let faults = PointFaults()
            try await withHostLab(faults: faults) { lab in
                var request = CreateVirtualMachineRequest(name: "a", memory: .mebibytes(64), disks: [], switches: [])
                request.isos = [""]
                try await lab.success(of: lab.createMachine(request))
                let machine = try await lab.start(lab.machines.find("a"))
                let refused = Mutex<MartletError?>(nil)
                faults.at(.init(kind: "vm.save", step: "write its memory and devices", phase: .beforePerform)) {
                    do throws(MartletError) {
                        _ = try await lab.machines.changeISO(
                            machine.id, .init(image: nil), revision: nil, by: HostLab.principal)
                    } catch { refused.withLock { $0 = error } }
                }
                try await lab.success(of: lab.saveMachine("a"))
                #expect(refused.withLock { $0 }?.code == .wrongState)
            }
        }

        @Test("settings that are changed while a disk is being attached are refused or both are there")
        func updateWhileAttaching() async throws {
            let faults = PointFaults()
            try await withHostLab(faults: faults) { lab in
                let machine = try await lab.start(lab.make("a", switches: []))
                for number in 1...3 {
                    try await lab.success(of: lab.createDisk(.init(name: "\(number)", capacity: .mebibytes(1))))
                    let update = Mutex<Task<MartletError?, Never>?>(nil)
                    faults.at(.init(kind: "disk.attach", step: "record it", phase: .beforePerform)) {
                        let task = Task { () -> MartletError? in
                            var settings = VirtualMachineSettings()
                            settings.watchdogAction = number % 2 == 0 ? .reset : .turnOff
                            do throws(MartletError) {
                                _ = try await lab.machines.update(
                                    machine.id, .init(settings: settings),
                                    revision: lab.machines.find("a").revision, by: HostLab.principal)
                            } catch { return error }
                            return nil
                        }
                        update.withLock { $0 = task }
                    }
                    try await lab.success(of: lab.attachDisk("\(number)", .init(machine: "a")))
                    let refusal = try await #require(update.withLock { $0 }).value
                    #expect(refusal.map { [.preconditionFailed, .conflict].contains($0.code) } ?? true)
                    let disk = try lab.disks.find("\(number)")
                    #expect(try lab.machines.find("a").configuration.diskIDs.contains(disk.id), "\(number)")
                }
            }
        }

        @Test("a disk that came after a checkpoint is nobody's once that is applied, and can be used again")
        func freedDisk() async throws {
            try await withHostLab { lab in
                try await lab.make("a", disks: [.new(capacity: .mebibytes(4))], switches: [])
                try await lab.success(of: lab.createCheckpoint("a", .init(name: "one")))
                try await lab.success(of: lab.createDisk(.init(name: "later", capacity: .mebibytes(1))))
                try await lab.success(of: lab.attachDisk("later", .init(machine: "a")))
                try await lab.success(of: lab.applyCheckpoint("a", "one"))
                #expect(try lab.disks.find("later").machine == nil)
                try await lab.success(of: lab.attachDisk("later", .init(machine: "a")))
            }
        }

        @Test("a deletion that is undone leaves its kept disks' documents saying whose they are")
        func undoneDeletion() async throws {
            let faults = ScriptedFaults()
            try await withHostLab(faults: faults) { lab in
                let machine = try await lab.make("a", disks: [.new(capacity: .mebibytes(1))], switches: [])
                let disk = try lab.disks.find("a-1")
                let document = "\(lab.scratch.path)/\(disk.path).json"
                let before = try BoundedFile.read(document)
                faults.set(failing: .init(kind: "vm.delete", step: "forget it", phase: .afterPerform))
                #expect(try await lab.end(of: lab.deleteMachine("a")).state == .failed)
                #expect(try lab.disks.find("a-1").machine == machine.id)
                #expect(try BoundedFile.read(document) == before)
            }
        }

        @Test("the host's stop that is cancelled ends at once, and what it had begun goes on by itself")
        func cancelledHostStop() async throws {
            try await withHostLab { lab in
                let machine = try await lab.make("a", switches: [])
                var settings = VirtualMachineSettings()
                settings.automaticStopAction = .shutDown
                _ = try await lab.machines.update(
                    machine.id, .init(settings: settings), revision: machine.revision, by: HostLab.principal)
                // There is nothing in it that could obey.
                try await lab.success(of: lab.start(machine, paused: false))
                let all = try await lab.services.hostStop.begin(timeout: .seconds(3_600), by: HostLab.principal)
                let stop = try await eventually("the machine is asked") {
                    try await lab.services.operations.list().first { $0.kind == "vm.stop" }
                } until: {
                    $0 != nil
                }
                _ = try await lab.services.operations.cancel(all.id, by: HostLab.principal)
                #expect(try await lab.end(of: all).state == .cancelled)
                let own = try #require(stop)
                #expect(try await lab.services.operations.find(own.id).state == .running)
                _ = try await lab.services.operations.cancel(own.id, by: HostLab.principal)
                #expect(try await lab.end(of: own).state == .cancelled)
                #expect(try lab.machines.find("a").state == .running)
            }
        }

        @Test("a checkpoint that is cancelled while the guest is frozen has it thawed")
        func cancelledFreeze() async throws {
            let freezer = CancelledFreezer()
            let freezers: GuestFreezers = { _, _ in freezer }
            try await withHostLab(freezers: freezers) { lab in
                let machine = try await lab.make("a", disks: [.new(capacity: .mebibytes(4))], switches: [])
                try await lab.success(of: lab.start(machine, paused: false))
                let operation = try await lab.createCheckpoint("a", .init(name: "one", type: .productionOnly))
                _ = try await eventually("the guest is asked to freeze", { freezer.isAsked }, until: \.self)
                _ = try await lab.services.operations.cancel(operation.id, by: HostLab.principal)
                #expect(try await lab.end(of: operation).state == .cancelled)
                #expect(freezer.couldThaw == true)
            }
        }

        @Test("of two pools that are made of one folder at once, one is refused")
        func onePool() async throws {
            try await withHostLab { lab in
                let folder = try ScratchFolder()
                let outcomes = await withTaskGroup(of: Bool.self) { group in
                    for number in 1...8 {
                        group.addTask {
                            do {
                                _ = try await lab.machines.createPool(.init(name: "\(number)", path: folder.path))
                                return true
                            } catch { return false }
                        }
                    }
                    return await group.reduce(into: [Bool]()) { $0.append($1) }
                }
                #expect(outcomes.count { $0 } == 1)
                #expect(await lab.machines.listPools().count == 2)
            }
        }

        @Test("a pool that a disk is being made in isn't deleted, and can be once that was undone")
        func poolOfNewDisk() async throws {
            let faults = PointFaults()
            try await withHostLab(faults: faults) { lab in
                let folder = try ScratchFolder()
                let pool = try await lab.machines.createPool(.init(name: "fast", path: folder.path))
                let refused = Mutex<MartletError?>(nil)
                faults.at(.init(kind: "disk.create", step: "make its file", phase: .afterPerform)) {
                    do throws(MartletError) {
                        try await lab.machines.deletePool(pool.id)
                    } catch { refused.withLock { $0 = error } }
                    // Where its file would be recorded there is none to write beside.
                    try? Folder.removeTree("\(folder.path)/disks")
                }
                var request = CreateDiskRequest(name: "a", capacity: .mebibytes(1))
                request.pool = "fast"
                #expect(try await lab.end(of: lab.createDisk(request)).state == .failed)
                #expect(refused.withLock { $0 }?.code == .inUse)
                try await lab.machines.deletePool(pool.id)
                #expect(await lab.machines.listPools().count == 1)
            }
        }

        @Test(
            "of pools that are changed at once, each is as it was asked or the request is refused, and one is the default"
        )
        func poolChanges() async throws {
            try await withHostLab { lab in
                let folders = try (0..<4).map { _ in try ScratchFolder() }
                var pools: [Pool] = []
                for (number, folder) in folders.enumerated() {
                    pools.append(try await lab.machines.createPool(.init(name: "\(number)", path: folder.path)))
                }
                let applied = await withTaskGroup(of: String?.self) { group in
                    for pool in pools {
                        group.addTask {
                            let request = UpdatePoolRequest(name: "new-\(pool.name)")
                            return (try? await lab.machines.updatePool(pool.id, request))?.name
                        }
                        group.addTask {
                            _ = try? await lab.machines.updatePool(pool.id, UpdatePoolRequest(isDefault: true))
                            return nil
                        }
                    }
                    return await group.reduce(into: Set<String>()) { names, name in
                        if let name { names.insert(name) }
                    }
                }
                let found = await lab.machines.listPools()
                #expect(applied.isSubset(of: Set(found.map(\.name))))
                #expect(found.count(where: \.isDefault) == 1)
            }
        }
    }
}

/// Does something when an operation gets to a point; nothing fails.
private final class PointFaults: OperationFaults {
    private let action = Mutex<(point: OperationFaultPoint, body: @Sendable () async -> Void)?>(nil)

    var repetitions: Int { 1 }

    func at(_ point: OperationFaultPoint, _ body: @escaping @Sendable () async -> Void) {
        action.withLock { $0 = (point, body) }
    }

    func reached(_ point: OperationFaultPoint) async throws {
        let body = action.withLock { $0?.point == point ? $0?.body : nil }
        await body?()
    }
}

/// Stands still until whoever asked is cancelled.
private final class CancelledFreezer: GuestFreezer {
    private struct State {
        var isAsked = false
        var couldThaw: Bool?
    }

    private let state = Mutex(State())

    var isAsked: Bool { state.withLock { $0.isAsked } }
    /// Whether the last that thawed was a task that isn't cancelled; nil before any did.
    var couldThaw: Bool? { state.withLock { $0.couldThaw } }

    func freeze(limit: Duration) async throws(MartletError) -> FrozenGuest {
        state.withLock { $0.isAsked = true }
        do { try await Task.sleep(for: .seconds(600)) } catch {
            throw MartletError(.cancelled, "the freeze was cancelled")
        }
        return FrozenGuest(consistency: .fileSystem)
    }

    func thaw() async throws(MartletError) -> ThawedGuest {
        state.withLock { $0.couldThaw = !Task.isCancelled }
        return ThawedGuest(wasFrozen: true)
    }
}
