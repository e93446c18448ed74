import FoundationEssentials
import Testing

@testable import MartletModel

@Suite("The planner of layers")
struct LayerPlannerTests {
    /// What each file holds as a number that stands for the newest write in it, over the files below it: a disk reads as the list of the
    /// writes of its chain.
    private struct Files {
        var writes: [String: [Int]] = [:]

        func content(_ chain: [DiskFile]) -> [Int] { chain.reversed().flatMap { writes[$0.path] ?? [] } }

        /// As QEMU does it: what the upper has goes into the lower, after what that has.
        mutating func merge(_ upper: DiskFile, into lower: DiskFile) {
            writes[lower.path, default: []] += writes[upper.path] ?? []
        }
    }

    /// A disk, what its files hold, and what each of its checkpoints must hold.
    private struct World {
        var disk = Disk(
            id: ID(UUID()), name: "d", format: .raw, capacity: .gibibytes(1), path: "0", machine: nil,
            created: Moment(milliseconds: 0))
        var files = Files()
        var kept: [ID<DiskLayer>: [Int]] = [:]
        var now: [Int] = []
        var count = 0

        mutating func write() {
            count += 1
            files.writes[disk.path, default: []].append(count)
            now.append(count)
        }

        mutating func checkpoint() {
            count += 1
            let layer = ID<DiskLayer>(UUID())
            disk.fork(layer, writingTo: DiskFile(overlay: ID(UUID()), path: "\(count)", format: .qcow2))
            kept[layer] = now
        }

        mutating func apply(_ layer: ID<DiskLayer>) {
            count += 1
            files.writes[disk.path] = nil
            disk.goBack(to: layer, writingTo: DiskFile(overlay: ID(UUID()), path: "\(count)", format: .qcow2))
            now = kept[layer] ?? []
        }

        /// One step of what is left to do.
        mutating func settle() -> Bool {
            guard let step = LayerPlanner.next(for: disk, needed: Set(kept.keys)) else { return false }
            if case .merge(let child, let id) = step, let lower = disk.layer(id)?.file {
                disk.beginMerge(into: id)
                files.merge(child.flatMap { disk.layer($0)?.file } ?? disk.top, into: lower)
                expectContent()
            }
            if let file = disk.took(step) { files.writes[file.path] = nil }
            return true
        }

        func expectContent() {
            #expect(files.content([disk.top] + disk.chain.map(\.file)) == now || isMergingTop)
            for (layer, content) in kept {
                var view = disk
                guard let found = disk.layer(layer) else {
                    Issue.record("a layer that is needed is gone")
                    continue
                }
                (view.top, view.parent) = (found.file, found.parent)
                let seen = files.content([view.top] + view.chain.map(\.file))
                #expect(seen == content || view.chain.contains(where: \.isMerging))
            }
        }

        /// What was merged is there twice until it is taken in; read by blocks, as disks are, that is the same.
        private var isMergingTop: Bool { disk.chain.contains(where: \.isMerging) }
    }

    @Test("keeps what every checkpoint and the disk hold, in whatever order checkpoints come, go and are applied")
    func randomTrees() {
        for seed in 0..<200 {
            var random = Sequence(seed: UInt64(seed) &+ 1)
            var world = World()
            for _ in 0..<60 {
                switch Int.random(in: 0..<6, using: &random) {
                case 0, 1: world.write()
                case 2: world.checkpoint()
                case 3:
                    if let layer = world.kept.keys.sorted().randomElement(using: &random) { world.apply(layer) }
                case 4:
                    if let layer = world.kept.keys.sorted().randomElement(using: &random) { world.kept[layer] = nil }
                default: _ = world.settle()
                }
                world.expectContent()
            }
            while world.settle() { world.expectContent() }
            for layer in world.kept.keys.sorted() {
                world.kept[layer] = nil
                while world.settle() { world.expectContent() }
            }
            #expect(world.disk.layers == nil && world.disk.parent == nil)
            #expect(world.disk.top == DiskFile(path: "0", format: .raw), "all is in the disk's own file again")
            #expect(world.files.writes.keys.allSatisfy { $0 == "0" })
            #expect(world.files.writes["0"] ?? [] == world.now)
        }
    }

    @Test("takes in a step twice as once, and never a step that doesn't fit")
    func twice() {
        var world = World()
        world.checkpoint()
        world.write()
        world.kept = [:]
        guard let step = LayerPlanner.next(for: world.disk, needed: []) else {
            Issue.record("there is something to do")
            return
        }
        #expect(world.disk.took(step)?.path == "1")
        let once = world.disk
        #expect(world.disk.took(step) == nil && world.disk == once)
    }

    @Test("doesn't follow a chain that a damaged document has made a circle")
    func circle() {
        var world = World()
        world.checkpoint()
        world.checkpoint()
        guard let first = world.disk.layers?.first?.id, let second = world.disk.layers?.last?.id else { return }
        world.disk.layers?[0].parent = second
        #expect(world.disk.chain.count == 2 && first != second)
    }

    /// The same numbers for the same seed.
    private struct Sequence: RandomNumberGenerator {
        var seed: UInt64

        mutating func next() -> UInt64 {
            seed = seed &* 6_364_136_223_846_793_005 &+ 1_442_695_040_888_963_407
            return (seed >> 33) ^ (seed << 31)
        }
    }
}

@Suite("A machine's checkpoints")
struct CheckpointTreeTests {
    private let machine = VirtualMachineConfiguration(
        id: ID(UUID()), name: "web", generation: .bios, machineType: "pc-q35-7.2", memory: .mebibytes(64), cpus: 1,
        secureBoot: false, directBoot: nil, disks: [], adapters: [], created: Moment(milliseconds: 0), folder: "f")

    private func checkpoint(_ name: String, from parent: Checkpoint?) -> Checkpoint {
        Checkpoint(
            id: ID(UUID()), machine: machine.id, parent: parent?.id, name: name, notes: "",
            created: Moment(milliseconds: 0), asked: .standard, kind: .standard, consistency: .runningState,
            configuration: machine, disks: [])
    }

    @Test("are fifty at most, each with a name of its own")
    func limits() throws {
        let some = (0..<49).map { checkpoint("\($0)", from: nil) }
        try CheckpointTree(some).admit("new", of: "web")
        #expect(throws: MartletError.self) { try CheckpointTree(some).admit("3", of: "web") }
        let full = CheckpointTree(some + [checkpoint("49", from: nil)])
        let error = #expect(throws: MartletError.self) { try full.admit("new", of: "web") }
        #expect(error?.code == .tooMany)
    }

    @Test("come from the nearest that is left when others go")
    func reparenting() {
        let a = checkpoint("a", from: nil)
        let b = checkpoint("b", from: a)
        let c = checkpoint("c", from: b)
        let d = checkpoint("d", from: b)
        let tree = CheckpointTree([a, b, c, d])
        #expect(Set(tree.subtree(of: b.id).map(\.name)) == ["b", "c", "d"])
        #expect(tree.nearest(from: d.id, without: [b.id, d.id]) == a.id)
        #expect(tree.nearest(from: d.id, without: [a.id, b.id, d.id]) == nil)
        let left = tree.reparented(without: [b.id])
        #expect(Set(left.map(\.name)) == ["c", "d"] && left.allSatisfy { $0.parent == a.id })
    }

    @Test("are named after the machine and the time, within 100 characters and once")
    func names() {
        let moment = Moment(milliseconds: 1_935_817_689_123)
        let name = CheckpointTree([]).defaultName(for: "web", at: moment)
        #expect(name == "web - (2031-05-06 - 07:08:09)")
        let second = CheckpointTree([checkpoint(name, from: nil)]).defaultName(for: "web", at: moment)
        #expect(second == "web - (2031-05-06 - 07:08:09) 2")
        #expect(CheckpointTree([]).defaultName(for: String(repeating: "x", count: 100), at: moment).count == 100)
    }
}
